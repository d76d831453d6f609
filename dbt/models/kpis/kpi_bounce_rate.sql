-- One row per day and dimension value: sessions of one page, soon over and without any event.
with

kpi_bounce_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        bounces as numerator,
        measured_sessions as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_bounce_rate
