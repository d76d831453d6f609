-- One row per shopping cart and change of the cart, of the order that it names or of its person's orders.
{{ config(materialized='view') }}
with

carts as (
    select
        cart_id,
        customer_id
    from {{ ref('carts') }}
),

versions as (
    select
        cart_id,
        change_number
    from {{ ref('int_cart_changes') }}
),

buyers as (
    {{ affected_by('orders', 'customer_id') }}
),

int_cart_conversion_changes as (
    select * from versions
    union all
    {{ changes_through_persons('carts', 'cart_id', 'buyers') }}
)

select * from int_cart_conversion_changes
