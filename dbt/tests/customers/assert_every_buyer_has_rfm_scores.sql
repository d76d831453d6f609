-- Persons with a valid order have scores and a segment, and nobody else has.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

select customer_id
from {{ ref('customers') }}
where
    (orders > 0) <> (rfm_segment is not null)
    or (orders > 0) <> (rfm_recency is not null)
    or (orders > 0) <> (last_order_at is not null)
