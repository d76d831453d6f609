-- One row per period that KPIs are reported for: each day, week and month from the shop's first
-- business day to as_of.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

-- A period that is not over ends at as_of, with the days that there are.
int_kpi_periods as (
    select
        period_days.period,
        period_days.period_start,
        max(period_days.date) as period_end,
        case period_days.period
            when 'day' then false
            when 'week' then date_trunc('week', max(as_of.as_of) + 1) = period_days.period_start
            when 'month' then date_trunc('month', max(as_of.as_of) + 1) = period_days.period_start
        end as is_partial
    from period_days
    cross join as_of
    group by period_days.period, period_days.period_start
)

select * from int_kpi_periods
