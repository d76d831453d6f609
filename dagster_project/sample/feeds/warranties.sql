-- One row per extended warranty, sold with its article.
create table feeds.warranties as
select
    delivered_on(orders.ordered_at::date, 6) as delivery,
    format('W{:08d}', orders.order_no) as warranty_id,
    orders.order_id,
    products.product_id,
    orders.ordered_at as sold_at,
    money(order_lines.unit_price, orders.currency) as price,
    orders.ordered_at::date + 365 as starts_on,
    orders.ordered_at::date + 365 * 4 as ends_on
from order_lines
inner join orders on order_lines.order_no = orders.order_no
inner join order_lines as covered on order_lines.order_no = covered.order_no and covered.line_no = 1
inner join products on covered.product_no = products.product_no
where order_lines.kind = 'warranty';
