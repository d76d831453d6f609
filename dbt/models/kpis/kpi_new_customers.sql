-- One row per day and dimension value: persons whose first valid order was placed.
with

kpi_new_customers as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        new_customers as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_new_customers
