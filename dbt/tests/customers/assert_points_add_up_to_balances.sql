-- The balances of all persons are the entries with a person.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

balances as (
    select coalesce(sum(points_balance), 0) as points
    from {{ ref('customers') }}
),

entries as (
    select coalesce(sum(points), 0) as points
    from {{ ref('int_loyalty_points') }}
    where customer_id is not null
)

select balances.points - entries.points as difference
from balances
cross join entries
where balances.points <> entries.points
