-- One row per day and dimension value: page views of the sessions that have them counted.
with

kpi_pageviews_per_visit as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        pageviews as numerator,
        sessions_with_pageviews as denominator,
        squared_pageviews as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_pageviews_per_visit
