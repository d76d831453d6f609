-- One row per person and interval: while no order so far had a coupon or a discount.
with

orders as (
    select
        customer_id,
        order_date,
        coupon_code is not null or discount > 0 as is_reduced
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

full_price as (
    select
        customer_id,
        min(order_date) as valid_from,
        min(order_date) filter (where is_reduced) as valid_to
    from orders
    group by customer_id
    having
        not bool_or(is_reduced)
        or min(order_date) < min(order_date) filter (where is_reduced)
)

select * from full_price
