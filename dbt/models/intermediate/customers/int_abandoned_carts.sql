-- One row per cart abandoned by the end of as_of, by the rule of the KPI cart_abandonment_rate.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

carts as (
    select
        cart_id,
        customer_id,
        order_id,
        created_at,
        updated_at + interval {{ var('cart_abandoned_hours') }} hour as abandoned_at
    from {{ ref('carts') }}
),

orders as (
    select
        order_id,
        customer_id,
        is_test,
        ordered_at
    from {{ ref('orders') }}
),

-- A cart that names an order was bought, unless that order came too late. An order that is not in
-- force was not delivered, or delivered wrongly, and speaks for a purchase all the same.
carts_without_named_order as (
    select carts.*
    from carts
    left join orders
        on carts.order_id = orders.order_id
    where carts.order_id is null or orders.ordered_at > carts.abandoned_at
),

carts_without_order as (
    select *
    from carts_without_named_order
    anti join orders
        on
            carts_without_named_order.customer_id = orders.customer_id
            and not orders.is_test
            and orders.ordered_at between
            carts_without_named_order.created_at and carts_without_named_order.abandoned_at
),

int_abandoned_carts as (
    select
        carts_without_order.cart_id,
        carts_without_order.customer_id,
        carts_without_order.abandoned_at
    from carts_without_order
    inner join as_of
        on carts_without_order.abandoned_at <= cast(as_of.as_of + 1 as timestamp)
)

select * from int_abandoned_carts
