-- One row per person and stage it has been in by as_of: when first seen, and when first there.
with

intervals as (
    select customer_id, stage, valid_from
    from {{ ref('lifecycle_stages') }}
),

first_seen as (
    select customer_id, min(valid_from) as first_seen_on
    from intervals
    group by customer_id
),

int_lifecycle_reached as (
    select
        intervals.customer_id,
        intervals.stage,
        first_seen.first_seen_on,
        cast(date_trunc('month', first_seen.first_seen_on) as date) as cohort_month,
        min(intervals.valid_from) as reached_on
    from intervals
    inner join first_seen
        on intervals.customer_id = first_seen.customer_id
    group by intervals.customer_id, intervals.stage, first_seen.first_seen_on
)

select * from int_lifecycle_reached
