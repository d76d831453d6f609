-- One row per shopping cart.
{{ rebuilt_for_touched('coalesce(customer_id, order_id, cart_id)') }}
with

shopping_carts as (
    select
        cart_id,
        device_id,
        shop_customer_id,
        email,
        created_at,
        updated_at,
        value,
        order_id,
        payment_method,
        abandoned_step
    from {{ ref('stg_carts') }}
    {{ of_touched_rows('cart_id') }}
),

orders as (
    select
        order_id,
        customer_id
    from {{ ref('int_orders_placed') }}
),

carts as (
    select
        shopping_carts.cart_id,
        coalesce(
            {{ person_of(['shop_customer_id', 'email', 'device_id']) }},
            orders.customer_id
        ) as customer_id,
        {{ keyed_hash("'device_id:' || shopping_carts.device_id") }} as device_id,
        shopping_carts.order_id,
        shopping_carts.payment_method,
        shopping_carts.abandoned_step,
        shopping_carts.value,
        shopping_carts.created_at,
        shopping_carts.updated_at
    from shopping_carts
    {{ person_joins('shopping_carts', ['shop_customer_id', 'email', 'device_id']) }}
    left join orders on shopping_carts.order_id = orders.order_id
)

select * from carts
