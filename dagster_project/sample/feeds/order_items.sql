-- One row per line of an order, delivered with the order's first delivery.
create table feeds.order_items as
with first_deliveries as (
    select
        order_id,
        min(delivery) as delivery
    from feeds.orders
    group by order_id
)

select
    first_deliveries.delivery,
    orders.order_id,
    order_lines.line_no,
    products.product_id,
    order_lines.quantity,
    money(order_lines.unit_price, orders.currency) as unit_price,
    money(order_lines.discount, orders.currency) as discount
from order_lines
inner join orders on order_lines.order_no = orders.order_no
inner join first_deliveries on orders.order_id = first_deliveries.order_id
inner join products on order_lines.product_no = products.product_no;
