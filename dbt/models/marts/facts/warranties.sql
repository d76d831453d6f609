-- One row per extended warranty sold.
with

sold_warranties as (
    select *
    from {{ ref('stg_warranties') }}
),

orders as (
    select
        order_id,
        customer_id,
        exchange_rate
    from {{ ref('int_orders_placed') }}
),

warranties as (
    select
        sold_warranties.warranty_id,
        sold_warranties.order_id,
        orders.customer_id,
        sold_warranties.product_id,
        {{ in_shop_currency('sold_warranties.price', 'orders.exchange_rate') }} as price,
        sold_warranties.starts_on,
        sold_warranties.ends_on,
        sold_warranties.sold_at
    from sold_warranties
    left join orders on sold_warranties.order_id = orders.order_id
)

select * from warranties
