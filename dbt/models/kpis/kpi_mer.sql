-- One row per day and source: net revenue, and the cost of advertisements that it is divided by.
with

kpi_mer as (
    select
        'day' as period,
        period_start,
        dimension,
        dimension_value,
        numerator,
        cast(0 as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('kpi_net_revenue') }}
    where dimension = 'all'
    union all
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        0 as numerator,
        cost as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
    where dimension = 'all'
)

select * from kpi_mer
