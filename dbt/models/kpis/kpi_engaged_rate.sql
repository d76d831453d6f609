-- One row per day and dimension value: sessions that lasted, went on to a second page or had an
-- event.
with

kpi_engaged_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        engaged_sessions as numerator,
        measured_sessions as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_session_days') }}
)

select * from kpi_engaged_rate
