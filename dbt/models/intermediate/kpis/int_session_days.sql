-- One row per day and dimension value: what the sessions started on the day add up to.
{%- set dimensions = ['source', 'campaign', 'platform', 'device', 'stage'] %}
with

sessions as (
    select *
    from (select *, session_date as date from {{ ref('int_session_traits') }}) as sessions
),

converting_sessions as (
    select distinct session_id
    from {{ ref('int_session_orders') }}
),

int_session_days as (
    select
        sessions.session_date as date,
        {{ dimension(dimensions) }},
        count(*) as sessions,
        count(converting_sessions.session_id) as converting_sessions,
        count(*) filter (where sessions.is_bounce) as bounces,
        count(*) filter (where sessions.is_engaged) as engaged_sessions,
        count(*) filter (where sessions.is_measured) as measured_sessions,
        sum(sessions.pageviews) as pageviews,
        count(sessions.pageviews) as sessions_with_pageviews,
        sum({{ square('sessions.pageviews') }}) as squared_pageviews,
        sum(sessions.duration_s) as duration_s,
        count(sessions.duration_s) as sessions_with_duration,
        sum({{ square('sessions.duration_s') }}) as squared_duration_s,
        sum(coalesce(sessions.tracking_views, 0)) as tracking_views
    from sessions
    left join converting_sessions
        on sessions.session_id = converting_sessions.session_id
    group by {{ each_dimension('sessions.session_date', dimensions) }}
)

select * from int_session_days
