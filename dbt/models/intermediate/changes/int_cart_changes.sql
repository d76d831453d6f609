-- One row per shopping cart and change of the cart itself or of whose it is.
{{ config(materialized='view') }}
with

-- A cart without an identifier of its own is that of the order's person.
int_cart_changes as (
    {{ changes_of_rows('carts', 'cart_id', ['shop_customer_id', 'email', 'device_id']) }}
    union all
    {{ changes_through_orders('carts', 'cart_id') }}
)

select * from int_cart_changes
