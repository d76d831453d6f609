-- One row per day and dimension value: leads won whose first order followed in time.
with

kpi_lead_conversion_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        converted as numerator,
        prospects as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_lead_days') }}
)

select * from kpi_lead_conversion_rate
