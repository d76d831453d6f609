-- The cohorts together are all persons, and no stage is reached by more than the cohort.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_funnel'}}}) }}

with

cohorts as (
    select
        cohort_month,
        min(cohort_customers) as smallest_size,
        max(cohort_customers) as largest_size,
        max(reached) as most_reached,
        max(abs(share * cohort_customers - reached)) as wrong_share,
        min(median_days_from_first_seen) as fewest_days
    from {{ ref('lifecycle_funnel') }}
    group by cohort_month
),

first_intervals as (
    select cast(date_trunc('month', valid_from) as date) as cohort_month, count(*) as persons
    from {{ ref('lifecycle_stages') }}
    where previous_stage is null
    group by 1
)

select *
from cohorts
full join first_intervals
    on cohorts.cohort_month = first_intervals.cohort_month
where
    cohorts.smallest_size is distinct from first_intervals.persons
    or cohorts.largest_size <> first_intervals.persons
    or cohorts.most_reached > first_intervals.persons
    or cohorts.wrong_share > 1e-6
    or cohorts.fewest_days < 0
