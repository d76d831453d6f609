-- One row per cohort month (of the first interval) and stage that one of its persons has reached.
with

intervals as (
    select customer_id, stage, valid_from
    from {{ ref('lifecycle_stages') }}
),

stages as (
    select stage, position
    from {{ ref('stages') }}
),

first_seen as (
    select
        customer_id,
        min(valid_from) as first_seen_on,
        cast(date_trunc('month', min(valid_from)) as date) as cohort_month
    from intervals
    group by customer_id
),

cohorts as (
    select cohort_month, count(*) as cohort_customers
    from first_seen
    group by cohort_month
),

-- A stage is reached on the first day of its first interval.
reached as (
    select
        intervals.customer_id,
        intervals.stage,
        first_seen.first_seen_on,
        first_seen.cohort_month,
        min(intervals.valid_from) as reached_on
    from intervals
    inner join first_seen on intervals.customer_id = first_seen.customer_id
    group by intervals.customer_id, intervals.stage, first_seen.first_seen_on, first_seen.cohort_month
),

by_stage as (
    select
        cohort_month,
        stage,
        count(*) as reached,
        median({{ days_between('first_seen_on', 'reached_on') }}) as median_days
    from reached
    group by cohort_month, stage
),

lifecycle_funnel as (
    select
        by_stage.cohort_month,
        by_stage.stage,
        stages.position,
        cohorts.cohort_customers,
        by_stage.reached,
        cast(by_stage.reached as double) / cohorts.cohort_customers as share,
        cast(by_stage.median_days as double) as median_days_from_first_seen
    from by_stage
    inner join cohorts on by_stage.cohort_month = cohorts.cohort_month
    inner join stages on by_stage.stage = stages.stage
)

select * from lifecycle_funnel
