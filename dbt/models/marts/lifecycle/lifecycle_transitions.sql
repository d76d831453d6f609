-- One row per month and pair of stages that somebody went through in it.
with

intervals as (
    select customer_id, stage, previous_stage, valid_from
    from {{ ref('lifecycle_stages') }}
),

turns as (
    select
        previous_stage as from_stage,
        stage as to_stage,
        cast(date_trunc('month', valid_from) as date) as month,
        {{ days_between('lag(valid_from) over person_intervals', 'valid_from') }}
            as days_in_from_stage
    from intervals
    window person_intervals as (partition by customer_id order by valid_from)
),

lifecycle_transitions as (
    select
        month,
        from_stage,
        to_stage,
        count(*) as customers,
        cast(median(days_in_from_stage) as double) as median_days
    from turns
    where from_stage is not null
    group by month, from_stage, to_stage
)

select * from lifecycle_transitions
