-- One row per day, dimension value and source: gross sales less discounts of the orders placed,
-- less the refunds given.
with

kpi_net_revenue as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        gross_sales - discounts as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
    union all
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        -refunds as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_refund_days') }}
)

select * from kpi_net_revenue
