-- One row per day and dimension value: carts started on the day that became an order.
with

kpi_checkout_completion_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        completed as numerator,
        decided as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_cart_days') }}
)

select * from kpi_checkout_completion_rate
