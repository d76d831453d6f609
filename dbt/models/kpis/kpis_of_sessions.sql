-- One row per KPI, period and dimension value: what sessions add up to by day, and visitors by period.
with

session_days as (
    select *
    from {{ ref('int_session_days') }}
),

visitor_counts as (
    select *
    from {{ ref('int_visitor_counts') }}
),

kpis_of_sessions as (
    {{ kpis_of_days('session_days', [
        ('visits', 'sessions'),
        ('pageviews_per_visit', 'pageviews', 'sessions_with_pageviews', 'squared_pageviews'),
        ('visit_duration_s', 'duration_s', 'sessions_with_duration', 'squared_duration_s'),
        ('bounce_rate', 'bounces', 'measured_sessions'),
        ('engaged_rate', 'engaged_sessions', 'measured_sessions'),
        ('conversion_rate', 'converting_sessions', 'sessions'),
        ('tracking_views_per_order', 'tracking_views', '0', ['all']),
    ]) }}
    union all
    {{ kpis_of_periods('visitor_counts', [
        ('visitors', 'visitors'),
    ]) }}
)

select * from kpis_of_sessions
