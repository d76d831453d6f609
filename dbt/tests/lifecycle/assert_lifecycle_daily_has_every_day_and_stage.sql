-- Every stage has a row on every day from the first interval to as_of, also where nobody is.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_daily'}}}) }}

with

expected as (
    select {{ days_between('min(lifecycle_stages.valid_from)', 'max(as_of.as_of)') }} + 1 as days
    from {{ ref('lifecycle_stages') }} as lifecycle_stages
    cross join {{ ref('int_as_of') }} as as_of
),

counted as (
    select stages.stage, count(lifecycle_daily.date) as days
    from {{ ref('stage_labels') }} as stages
    left join {{ ref('lifecycle_daily') }} as lifecycle_daily
        on stages.stage = lifecycle_daily.stage
    group by stages.stage
)

select counted.*
from counted
cross join expected
where counted.days <> coalesce(expected.days, 0)
