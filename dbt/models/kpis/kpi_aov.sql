-- One row per day and dimension value: merchandise after discounts, before refunds, of the valid
-- orders placed.
with

kpi_aov as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        merchandise as numerator,
        orders as denominator,
        squared_merchandise as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_aov
