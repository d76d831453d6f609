-- All intervals but the first of each person are transitions.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_transitions'}}}) }}

with

turns as (
    select
        count(*) as intervals,
        count(case when previous_stage is null then 1 end) as first_intervals
    from {{ ref('lifecycle_stages') }}
),

transitions as (
    select coalesce(sum(customers), 0) as customers
    from {{ ref('lifecycle_transitions') }}
)

select *
from turns
cross join transitions
where turns.intervals - turns.first_intervals <> transitions.customers
