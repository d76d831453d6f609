-- One row per person and interval of equal points earned in tier_days, days ahead included.
with

entries as (
    select
        customer_id,
        points,
        cast(occurred_at as date) as entry_date
    from {{ ref('int_loyalty_points') }}
    where customer_id is not null
),

-- Only earned points count for a tier, for tier_days. Taken ones still open the account, and so the
-- lowest tier.
changes as (
    select
        customer_id,
        entry_date as change_date,
        greatest(points, 0) as change
    from entries
    union all
    select
        customer_id,
        entry_date + {{ var('tier_days') }} as change_date,
        -points as change
    from entries
    where points > 0
),

changes_by_day as (
    select
        customer_id,
        change_date,
        sum(change) as change
    from changes
    group by customer_id, change_date
),

int_point_steps as (
    select
        customer_id,
        cast(sum(change) over history as bigint) as points_12m,
        change_date as valid_from,
        lead(change_date) over history as valid_to
    from changes_by_day
    window history as (partition by customer_id order by change_date)
)

select * from int_point_steps
