-- One row per day and dimension value: merchandise of the valid orders placed, before discounts.
with

kpi_gross_sales as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        gross_sales as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_gross_sales
