-- One row per day and tier with anybody in it: persons who hold the tier at the end of the day.
with

days as (
    select date
    from {{ ref('int_kpi_period_days') }}
    where period = 'month'
),

first_day as (
    select min(date) as first_date
    from days
),

held_tiers as (
    select
        tier,
        valid_from,
        valid_to
    from {{ ref('int_loyalty_tiers') }}
),

-- What was reached before the first day is held on it.
changes as (
    select
        held_tiers.tier,
        greatest(held_tiers.valid_from, first_day.first_date) as date,
        1 as change
    from held_tiers
    cross join first_day
    union all
    select
        held_tiers.tier,
        greatest(held_tiers.valid_to, first_day.first_date) as date,
        -1 as change
    from held_tiers
    cross join first_day
    where held_tiers.valid_to is not null
),

changes_by_day as (
    select
        tier,
        date,
        sum(change) as change
    from changes
    group by tier, date
),

days_of_tiers as (
    select
        days.date,
        tiers.tier
    from days
    cross join (select distinct tier from held_tiers) as tiers
),

int_tier_days as (
    select
        days_of_tiers.date,
        days_of_tiers.tier,
        coalesce(
            sum(changes_by_day.change) over (
                partition by days_of_tiers.tier
                order by days_of_tiers.date
                rows between unbounded preceding and current row
            ), 0
        ) as customers
    from days_of_tiers
    left join changes_by_day
        on
            days_of_tiers.tier = changes_by_day.tier
            and days_of_tiers.date = changes_by_day.date
)

select * from int_tier_days
