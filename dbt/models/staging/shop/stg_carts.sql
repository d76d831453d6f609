-- One row per cart in force.
with

{{ rows_in_force('carts') }},

stg_carts as (
    select
        cart_id,
        device_id,
        customer_id as shop_customer_id,
        _email as email,
        created_at,
        {{ if_known('updated_at') }} as updated_at,
        value,
        order_id,
        payment_method,
        abandoned_step
    from in_force
)

select * from stg_carts
