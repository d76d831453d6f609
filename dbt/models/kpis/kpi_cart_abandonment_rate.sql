-- One row per day and dimension value: carts started on the day and left without an order.
with

kpi_cart_abandonment_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        abandoned as numerator,
        decided as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_cart_days') }}
)

select * from kpi_cart_abandonment_rate
