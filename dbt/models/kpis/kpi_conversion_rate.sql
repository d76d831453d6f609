-- One row per day and dimension value: sessions that an order of their person followed.
with

kpi_conversion_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        converting_sessions as numerator,
        sessions as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_conversion_rate
