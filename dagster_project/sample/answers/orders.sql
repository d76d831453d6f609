-- One row per order of the shop system, with its true buyer; purchase_no is empty for what is no
-- purchase.
select
    orders.order_id,
    persons.person,
    orders.purchase_no,
    orders.outcome,
    -- Whoever pays at the convenience store has not paid on the evening of the order.
    orders.outcome = 'purchase'
    and not (orders.payment_method = 'コンビニ払い' and orders.ordered_at::date = getvariable('last_day'))
        as is_valid,
    orders.ordered_at,
    orders.late_days,
    coalesce(refunds.amount, 0)::decimal(18, 2) as refunded
from orders
left join persons on orders.person_no = persons.person_no
left join refunds on orders.order_no = refunds.order_no
order by orders.order_id
