-- Persons are in the stages of customers from the day of their first valid order on, never before.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_stages'}}}) }}

with

first_orders as (
    select customer_id, min(order_date) as first_order_date
    from {{ ref('orders') }}
    where
        is_valid
        and customer_id is not null
    group by customer_id
)

select lifecycle_stages.*
from {{ ref('lifecycle_stages') }} as lifecycle_stages
inner join {{ ref('stages') }} as stages
    on lifecycle_stages.stage = stages.stage
left join first_orders
    on lifecycle_stages.customer_id = first_orders.customer_id
where
    stages.has_ordered
    <> coalesce(first_orders.first_order_date <= lifecycle_stages.valid_from, false)
