-- One row per day and dimension value: refunds given on the day on valid orders of any day.
with

kpi_refunds as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        refunds as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_refund_days') }}
)

select * from kpi_refunds
