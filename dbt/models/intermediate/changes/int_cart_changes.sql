-- One row per shopping cart and change of the cart itself or of whose it is.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        change_number
    from {{ ref('int_order_changes') }}
),

carts as (
    select
        cart_id,
        order_id
    from {{ ref('stg_carts') }}
),

-- A cart without an identifier of its own is that of the order's person.
int_cart_changes as (
    {{ changes_of_rows('carts', 'cart_id', ['shop_customer_id', 'email', 'device_id']) }}
    union all
    select
        carts.cart_id,
        orders.change_number
    from carts
    inner join orders on carts.order_id = orders.order_id
)

select * from int_cart_changes
