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
    select
        carts.cart_id,
        buyers.change_number
    from carts
    inner join buyers on carts.customer_id = buyers.customer_id
    union all
    select
        cast(null as {{ dbt.type_string() }}) as cart_id,
        change_number
    from buyers
    where customer_id is null
)

select * from int_cart_conversion_changes
