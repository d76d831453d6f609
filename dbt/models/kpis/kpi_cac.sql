-- One row per day, dimension value and source: cost of advertisements, and the customers newly won
-- that it is divided by.
with

kpi_cac as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        cost as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
    where dimension in ('all', 'platform')
    union all
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        0 as numerator,
        new_customers as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
    where dimension in ('all', 'platform')
)

select * from kpi_cac
