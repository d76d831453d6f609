-- One row per period and dimension value: distinct persons with a session, and devices without a known
-- person.
{%- set dimensions = ['source', 'platform'] %}
with

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

sessions as (
    select
        visitor,
        source,
        platform,
        session_date
    from {{ ref('int_session_traits') }}
    where session_date in (select date from period_days)
),

-- Distinct numbers are counted in half of the time that distinct pseudonyms take.
visitors as (
    select
        visitor,
        row_number() over (order by visitor) as visitor_number
    from (select distinct visitor from sessions) as distinct_visitors
),

visitor_days as (
    select distinct
        visitors.visitor_number,
        sessions.source,
        sessions.platform,
        sessions.session_date
    from sessions
    left join visitors on sessions.visitor = visitors.visitor
),

int_visitor_counts as (
    select
        period_days.period,
        period_days.period_start,
        {{ dimension(dimensions) }},
        count(distinct visitor_days.visitor_number) as visitors
    from visitor_days
    inner join period_days
        on visitor_days.session_date = period_days.date
    group by {{ each_dimension('period_days.period, period_days.period_start', dimensions) }}
)

select * from int_visitor_counts
