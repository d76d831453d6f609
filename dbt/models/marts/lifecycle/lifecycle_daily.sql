-- One row per date and stage, from the first interval to as_of, also where nobody is.
with

intervals as (
    select stage, valid_from, valid_to
    from {{ ref('lifecycle_stages') }}
),

stages as (
    select stage
    from {{ ref('stages') }}
),

calendar as (
    select {{ rows_of(days_from_to('min(intervals.valid_from)', 'max(as_of.as_of)')) }} as date
    from intervals
    cross join {{ ref('int_as_of') }} as as_of
),

turnover as (
    select stage, valid_from as date, 1 as entered, 0 as gone
    from intervals

    union all

    select stage, valid_to as date, 0 as entered, 1 as gone
    from intervals
    where valid_to is not null
),

daily as (
    select
        stage,
        date,
        sum(entered) as entered,
        sum(gone) as gone
    from turnover
    group by stage, date
),

lifecycle_daily as (
    select
        calendar.date,
        stages.stage,
        cast(
            sum(coalesce(daily.entered - daily.gone, 0)) over (
                partition by stages.stage
                order by calendar.date
                rows between unbounded preceding and current row
            ) as bigint
        ) as customers,
        cast(coalesce(daily.entered, 0) as bigint) as entered,
        cast(coalesce(daily.gone, 0) as bigint) as {{ adapter.quote('left') }}
    from calendar
    cross join stages
    left join daily
        on
            calendar.date = daily.date
            and stages.stage = daily.stage
)

select * from lifecycle_daily
