-- One row per person and interval with an abandoned cart that is worth a reminder.
with

carts as (
    select
        cart_id,
        customer_id,
        updated_at + interval {{ var('cart_abandoned_hours') }} hour as abandoned_at
    from {{ ref('int_cart_outcomes') }}
    where is_abandoned and customer_id is not null
),

orders as (
    select
        customer_id,
        order_date,
        ordered_at
    from {{ ref('orders') }}
    where not is_test and customer_id is not null
),

-- From the first day at whose end the cart is abandoned: at midnight sharp, that is the day before.
abandoned as (
    select
        *,
        cast(abandoned_at - interval 1 microsecond as date) as valid_from
    from carts
),

reminded as (
    select
        abandoned.customer_id,
        abandoned.cart_id,
        abandoned.valid_from,
        least(
            abandoned.valid_from + {{ var('cart_reminder_days') }},
            coalesce(min(orders.order_date), date '9999-12-31')
        ) as valid_to
    from abandoned
    left join orders
        on
            abandoned.customer_id = orders.customer_id
            and abandoned.abandoned_at < orders.ordered_at
    group by abandoned.customer_id, abandoned.cart_id, abandoned.valid_from
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
