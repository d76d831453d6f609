-- One row per cart: whether it became an order, or was abandoned; neither while it may still be
-- either.
{%- set window = 'interval ' ~ var('cart_abandoned_hours') ~ ' hour' %}
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

-- A last change after as_of is not known yet; every order known comes before it.
carts as (
    select
        cart_id,
        customer_id,
        order_id,
        payment_method,
        abandoned_step,
        created_at,
        updated_at
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

-- A cart that names an order counts as converted, also when that order was never delivered or was withdrawn.
named_orders as (
    select carts.cart_id
    from carts
    left join orders
        on carts.order_id = orders.order_id
    where
        carts.order_id is not null
        and (
            orders.order_id is null
            or orders.ordered_at <= coalesce(carts.updated_at, orders.ordered_at) + {{ window }}
        )
),

found_orders as (
    select carts.cart_id
    from carts
    inner join orders
        on
            carts.customer_id = orders.customer_id
            and carts.created_at <= orders.ordered_at
            and coalesce(carts.updated_at, orders.ordered_at) + {{ window }} >= orders.ordered_at
    where not orders.is_test
),

carts_with_order as (
    select cart_id from named_orders
    union
    select cart_id from found_orders
),

int_cart_outcomes as (
    select
        carts.*,
        carts_with_order.cart_id is not null as has_order,
        carts_with_order.cart_id is null
        and coalesce(carts.updated_at + {{ window }} <= as_of.as_of + interval 1 day, false) as is_abandoned
    from carts
    cross join as_of
    left join carts_with_order
        on carts.cart_id = carts_with_order.cart_id
)

select * from int_cart_outcomes
