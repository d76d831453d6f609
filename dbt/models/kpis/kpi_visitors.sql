-- One row per period and dimension value: distinct persons with a session, and devices of nobody
-- known.
{%- set dimensions = ['source', 'platform'] %}
with

visitor_days as (
    select distinct
        visitor,
        source,
        platform,
        session_date
    from {{ ref('int_session_traits') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

kpi_visitors as (
    select
        period_days.period,
        period_days.period_start,
        {{ dimension(dimensions) }},
        count(distinct visitor_days.visitor) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from visitor_days
    inner join period_days
        on visitor_days.session_date = period_days.date
    group by {{ each_dimension('period_days.period, period_days.period_start', dimensions) }}
)

select * from kpi_visitors
