-- One row per day, dimension value and source: profit on the orders of known cost, less the
-- refunds given on such orders.
with

kpi_gross_profit as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        coalesce(gross_profit, 0) as numerator,
        orders_with_profit as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
    union all
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        -refunded_profit as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_refund_days') }}
)

select * from kpi_gross_profit
