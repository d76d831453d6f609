-- One row per day and dimension value: refunds to as_of of the valid orders placed on the day.
with

kpi_return_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        refunds_to_date as numerator,
        merchandise as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_return_rate
