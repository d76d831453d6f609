-- One row per person whose second order is due: from some days after the first, until it comes.
with

orders as (
    select
        customer_id,
        order_number,
        order_date
    from {{ ref('orders') }}
    where order_number <= 2
),

first_two as (
    select
        customer_id,
        min(order_date) filter (where order_number = 1) as first_order_date,
        min(order_date) filter (where order_number = 2) as second_order_date
    from orders
    group by customer_id
),

intervals as (
    select
        customer_id,
        first_order_date + {{ var('second_order_from_days') }} as valid_from,
        least(first_order_date + {{ var('at_risk_days') }}, second_order_date) as valid_to
    from first_two
),

first_to_second_order as (
    select
        customer_id,
        valid_from,
        valid_to
    from intervals
    where valid_from < valid_to
)

select * from first_to_second_order
