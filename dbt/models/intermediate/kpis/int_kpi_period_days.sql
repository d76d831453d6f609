-- One row per business day and period (day, week, month) that it lies in.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

first_day as (
    select first_business_day
    from {{ ref('int_first_business_day') }}
),

periods as (
    select period
    from (values ('day'), ('week'), ('month')) as periods (period)
),

-- The first week and month are whole, so the days begin before the first business day.
days as (
    select
        {{ rows_of(days_from_to('first_day.first_business_day - 31', 'as_of.as_of')) }} as date
    from first_day
    cross join as_of
),

days_in_periods as (
    select
        periods.period,
        days.date,
        cast(
            case periods.period
                when 'day' then days.date
                when 'week' then date_trunc('week', days.date)
                when 'month' then date_trunc('month', days.date)
            end as date
        ) as period_start,
        case periods.period
            when 'day' then first_day.first_business_day
            when 'week' then date_trunc('week', first_day.first_business_day)
            when 'month' then date_trunc('month', first_day.first_business_day)
        end as first_period_start
    from days
    cross join periods
    cross join first_day
),

int_kpi_period_days as (
    select
        period,
        period_start,
        date
    from days_in_periods
    where period_start >= first_period_start
)

select * from int_kpi_period_days
