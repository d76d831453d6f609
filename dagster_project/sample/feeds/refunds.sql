-- One row per refund.
create table feeds.refunds as
select
    delivered_on(refunds.refunded_on, 3) as delivery,
    refunds.refund_id,
    orders.order_id,
    refunds.refunded_at,
    money(refunds.amount, orders.currency) as amount,
    refunds.reason
from refunds
inner join orders on refunds.order_no = orders.order_no;
