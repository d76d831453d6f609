-- One row per period and tier: the persons with points who hold the tier at the period's end.
with

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

tier_days as (
    select
        date,
        tier,
        customers,
        sum(customers) over (partition by date) as customers_with_points
    from {{ ref('int_tier_days') }}
),

kpi_tier_share as (
    select
        periods.period,
        periods.period_start,
        'tier' as dimension,
        tier_days.tier as dimension_value,
        tier_days.customers as numerator,
        tier_days.customers_with_points as denominator,
        cast(null as double) as sum_of_squares
    from periods
    inner join tier_days
        on periods.period_end = tier_days.date
)

select * from kpi_tier_share
