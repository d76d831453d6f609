-- One row per person and interval: from becoming a lead until the first order or too long ago.
with

leads as (
    select
        customer_id,
        cast(created_at as date) as lead_date
    from {{ ref('leads') }}
    where customer_id is not null
),

customer_orders as (
    select
        customer_id,
        first_order_date
    from {{ ref('int_customer_orders') }}
),

intervals as (
    select
        leads.customer_id,
        leads.lead_date as valid_from,
        least(
            leads.lead_date + {{ var('lead_window') }}, customer_orders.first_order_date
        ) as valid_to
    from leads
    left join customer_orders
        on leads.customer_id = customer_orders.customer_id
    where
        customer_orders.first_order_date is null
        or leads.lead_date < customer_orders.first_order_date
),

leads_to_nurture as (
    {{ maximal_intervals('intervals') }}
)

select * from leads_to_nurture
