-- One row per cohort month (of the first interval) and stage that one of its persons has reached.
with

reached as (
    select customer_id, stage, cohort_month, first_seen_on, reached_on
    from {{ ref('int_lifecycle_reached') }}
),

stages as (
    select stage, position
    from {{ ref('stages') }}
),

cohorts as (
    select cohort_month, count(distinct customer_id) as cohort_customers
    from reached
    group by cohort_month
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
    inner join cohorts
        on by_stage.cohort_month = cohorts.cohort_month
    inner join stages
        on by_stage.stage = stages.stage
)

select * from lifecycle_funnel
