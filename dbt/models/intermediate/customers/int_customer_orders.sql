-- One row per person with a valid order: what the valid orders add up to.
with

orders as (
    select
        customer_id,
        coupon_code,
        gross_sales,
        discount,
        net_revenue,
        gross_profit,
        order_date,
        ordered_at
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

int_customer_orders as (
    select
        customer_id,
        count(*) as orders,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
        cast(sum(gross_profit) as decimal(38, 4)) as gross_profit,
        -- Before refunds, as the KPI aov is.
        cast(
            cast(sum(gross_sales - discount) as double) / count(*) as decimal(38, 4)
        ) as average_order_value,
        -- A buyer who only comes for a price: never paid the full one.
        bool_and(coupon_code is not null or discount > 0) as campaign_only,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at
    from orders
    group by customer_id
)

select * from int_customer_orders
