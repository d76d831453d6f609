-- One row per person with a valid order: the month of the first one, and where the person came from.
with

first_orders as (
    select
        customer_id,
        order_date as first_order_date
    from {{ ref('orders') }}
    where order_number = 1
),

first_sessions as (
    select
        customer_id,
        coalesce(source, '(none)') as source,
        coalesce(medium, '(none)') as medium,
        coalesce(campaign_id, '(none)') as campaign_id
    from {{ ref('int_customer_acquisition') }}
),

int_acquired_customers as (
    select
        first_orders.customer_id,
        coalesce(first_sessions.source, '(unattributed)') as source,
        coalesce(first_sessions.medium, '(unattributed)') as medium,
        coalesce(first_sessions.campaign_id, '(unattributed)') as campaign_id,
        cast(date_trunc('month', first_orders.first_order_date) as date) as month,
        first_orders.first_order_date
    from first_orders
    left join first_sessions on first_orders.customer_id = first_sessions.customer_id
)

select * from int_acquired_customers
