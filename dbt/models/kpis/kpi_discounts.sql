-- One row per day and dimension value: discounts on the valid orders placed.
with

kpi_discounts as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        discounts as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_discounts
