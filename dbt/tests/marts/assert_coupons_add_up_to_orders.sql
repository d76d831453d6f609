-- Orders with and without a coupon are all valid orders.
{{ config(meta={'dagster': {'ref': {'name': 'coupon_performance'}}}) }}

with

coupons as (
    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(discounts), 0) as discounts,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('coupon_performance') }}
),

orders as (
    select
        count(*) as orders,
        coalesce(sum(discount), 0) as discounts,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('orders') }}
    where is_valid
)

select coupons.*
from coupons
cross join orders
where
    (coupons.orders, coupons.discounts, coupons.net_revenue)
    != (orders.orders, orders.discounts, orders.net_revenue)
