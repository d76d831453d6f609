-- The days of a person's intervals are those from the first interval to as_of.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_stages'}}}) }}

select lifecycle_stages.customer_id
from {{ ref('lifecycle_stages') }} as lifecycle_stages
cross join {{ ref('int_as_of') }} as as_of
group by lifecycle_stages.customer_id, as_of.as_of
having
    sum(lifecycle_stages.days_in_stage)
    <> {{ days_between('min(lifecycle_stages.valid_from)', 'as_of.as_of') }} + 1
