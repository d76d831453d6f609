-- One row per day and dimension value: seconds on the site, of the sessions that have them
-- measured.
with

kpi_visit_duration_s as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        duration_s as numerator,
        sessions_with_duration as denominator,
        squared_duration_s as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_visit_duration_s
