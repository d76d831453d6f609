-- One row per person and interval with an abandoned cart that is worth a reminder.
with

-- The first day at whose end the cart is abandoned; at midnight sharp, that is the day before.
carts as (
    select
        customer_id,
        cart_id,
        abandoned_at,
        cast(abandoned_at - interval 1 microsecond as date) as valid_from
    from {{ ref('int_abandoned_carts') }}
    where customer_id is not null
),

orders as (
    select
        customer_id,
        order_date,
        ordered_at
    from {{ ref('orders') }}
    where not is_test and customer_id is not null
),

reminded as (
    select
        carts.customer_id,
        carts.cart_id,
        carts.valid_from,
        least(
            carts.valid_from + {{ var('cart_reminder_days') }},
            coalesce(min(orders.order_date), date '9999-12-31')
        ) as valid_to
    from carts
    left join orders
        on
            carts.customer_id = orders.customer_id
            and carts.abandoned_at < orders.ordered_at
    group by carts.customer_id, carts.cart_id, carts.valid_from
),

intervals as (
    select
        customer_id,
        valid_from,
        valid_to
    from reminded
    where valid_from < valid_to
),

cart_abandoned as (
    {{ maximal_intervals('intervals') }}
)

select * from cart_abandoned
