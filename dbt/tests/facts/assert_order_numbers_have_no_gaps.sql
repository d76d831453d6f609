-- The valid orders of a person are numbered 1, 2, 3 … in time.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

select
    customer_id,
    count(*) as orders,
    max(order_number) as last_number
from {{ ref('orders') }}
where
    is_valid
    and customer_id is not null
group by customer_id
having
    count(*) != max(order_number)
    or min(order_number) != 1
    or max_by(order_number, (ordered_at, order_id)) != max(order_number)
