-- One row per month and coupon; orders without one are `(none)`.
with

orders as (
    select
        order_id,
        customer_id,
        order_number,
        coalesce(coupon_code, '(none)') as coupon_code,
        gross_sales,
        discount,
        net_revenue,
        gross_profit,
        case when gross_profit is not null then net_revenue end as net_revenue_of_known_cost,
        cast(date_trunc('month', order_date) as date) as month
    from {{ ref('orders') }}
    where is_valid
),

counted as (
    select
        month,
        coupon_code,
        count(*) as orders,
        count(*) filter (where order_number = 1) as first_orders,
        count(distinct customer_id) as customers,
        cast(sum(gross_sales) as decimal(38, 4)) as gross_sales,
        cast(sum(discount) as decimal(38, 4)) as discounts,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
        cast(sum(gross_profit) as decimal(38, 4)) as gross_profit,
        cast(sum(gross_profit) as double)
        / cast(nullif(sum(net_revenue_of_known_cost), 0) as double) as gross_margin
    from orders
    group by month, coupon_code
),

coupon_performance as (
    select
        month,
        coupon_code,
        orders,
        first_orders,
        customers,
        cast(orders as double) / sum(orders) over (partition by month) as share_of_orders,
        gross_sales,
        discounts,
        net_revenue,
        gross_profit,
        cast(discounts as double) / cast(nullif(gross_sales, 0) as double) as discount_rate,
        gross_margin,
        cast(gross_sales - discounts as double) / orders as average_order_value
    from counted
)

select * from coupon_performance
