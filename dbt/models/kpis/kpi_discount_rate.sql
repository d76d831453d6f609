-- One row per day and dimension value: discounts in the gross sales of the valid orders placed.
with

kpi_discount_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        discounts as numerator,
        gross_sales as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_discount_rate
