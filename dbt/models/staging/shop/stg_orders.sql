-- One row per order in force.
with

{{ rows_in_force('orders') }},

stg_orders as (
    select
        order_id,
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        device_id,
        ordered_at,
        {{ if_known('updated_at') }} as updated_at,
        lower(trim(status)) as status,
        lower(trim(channel)) as channel,
        store_id,
        upper(trim(currency)) as currency,
        subtotal,
        discount,
        shipping,
        tax,
        total,
        coupon_code,
        payment_method,
        campaign_id,
        is_test
    from in_force
)

select * from stg_orders
