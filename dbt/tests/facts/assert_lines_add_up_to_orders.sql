-- Sales and cost of an order are those of its lines, but for the rounding of each line.
{{ config(meta={'dagster': {'ref': {'name': 'order_items'}}}) }}

with

lines as (
    select
        order_id,
        count(*) as lines,
        sum(gross_sales) as gross_sales,
        sum(cost) as cost
    from {{ ref('order_items') }}
    group by order_id
)

select
    orders.order_id,
    orders.lines
from {{ ref('orders') }} as orders
inner join lines on orders.order_id = lines.order_id
where
    orders.lines != lines.lines
    or abs(orders.gross_sales - lines.gross_sales) > 0.0001 * lines.lines
    or abs(orders.net_revenue - orders.gross_profit - lines.cost) > 0.0001 * lines.lines
