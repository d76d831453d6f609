-- One row per delivery of an order: whether it says anything new, and whether it is the first and
-- planted late.
with versions as (
    select
        delivered.delivery,
        orders.order_id,
        delivered.status,
        delivered.updated_at,
        coalesce(delivered.deleted, false) as is_withdrawal,
        orders.late_days,
        row_number() over (partition by orders.order_no order by delivered.delivery) as version,
        lag(delivered.updated_at) over (partition by orders.order_no order by delivered.delivery)
            as updated_before
    from feeds.orders as delivered
    inner join orders on delivered.order_id = orders.order_id
)

select
    delivery,
    order_id,
    version,
    status,
    coalesce(updated_at = updated_before, false) as is_duplicate,
    version = 1 and late_days > 0 as is_late,
    is_withdrawal
from versions
order by order_id, delivery
