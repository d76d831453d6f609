-- One row per day and dimension value: valid orders with a coupon.
with

kpi_coupon_share as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        orders_with_coupon as numerator,
        orders as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_coupon_share
