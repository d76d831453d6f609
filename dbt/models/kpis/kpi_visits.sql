-- One row per day and dimension value: sessions started.
with

kpi_visits as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        sessions as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_visits
