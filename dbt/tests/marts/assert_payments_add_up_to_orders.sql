-- Payment methods hold every order that is not a test once.
{{ config(meta={'dagster': {'ref': {'name': 'payment_performance'}}}) }}

with

payments as (
    select
        coalesce(sum(placed_orders), 0) as placed_orders,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('payment_performance') }}
),

orders as (
    select
        count(*) as placed_orders,
        coalesce(sum(net_revenue) filter (where is_valid), 0) as net_revenue
    from {{ ref('orders') }}
    where not is_test
)

select payments.*
from payments
cross join orders
where
    (payments.placed_orders, payments.net_revenue) != (orders.placed_orders, orders.net_revenue)
