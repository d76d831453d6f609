-- The tier held at as_of is the one in the person's row.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

held as (
    select
        customer_id,
        tier
    from {{ ref('loyalty_tiers') }}
    where valid_to is null
),

customers as (
    select
        customer_id,
        tier
    from {{ ref('customers') }}
    where tier is not null
)

select customer_id
from held
full join customers using (customer_id)
where held.tier is distinct from customers.tier
