-- One row per day, dimension value and source: attributed net revenue, and the cost it is divided
-- by.
with

-- An order that no platform is credited with is no result of advertising.
kpi_roas as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        net_revenue as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_attributed_order_days') }}
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
)

select * from kpi_roas
