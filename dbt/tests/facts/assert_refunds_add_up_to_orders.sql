-- No refund of an order in force is lost or counted twice.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

with

refunds as (
    select
        order_id,
        sum(amount) as refunds
    from {{ ref('int_refunds') }}
    group by order_id
)

select orders.order_id
from {{ ref('orders') }} as orders
left join refunds on orders.order_id = refunds.order_id
where orders.refunds != coalesce(refunds.refunds, 0)
