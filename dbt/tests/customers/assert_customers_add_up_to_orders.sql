-- Orders and money of all persons are those of the valid orders with a person, to the last digit.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

customers as (
    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(gross_profit), 0) as gross_profit
    from {{ ref('customers') }}
),

orders as (
    select
        count(*) as orders,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(gross_profit), 0) as gross_profit
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
)

select
    customers.net_revenue - orders.net_revenue as difference
from customers
cross join orders
where
    customers.orders <> orders.orders
    or customers.net_revenue <> orders.net_revenue
    or customers.gross_profit <> orders.gross_profit
