-- One row per person and interval: from the day of the first order, for new_customer_days.
with

customer_orders as (
    select
        customer_id,
        first_order_date
    from {{ ref('int_customer_orders') }}
),

new_customers as (
    select
        customer_id,
        first_order_date as valid_from,
        first_order_date + {{ var('new_customer_days') }} as valid_to
    from customer_orders
)

select * from new_customers
