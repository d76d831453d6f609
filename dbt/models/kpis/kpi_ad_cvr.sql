-- One row per day, dimension value and source: attributed orders, and the clicks they are divided
-- by.
with

-- An order that no platform is credited with is no result of advertising.
kpi_ad_cvr as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        orders as numerator,
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
        clicks as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
)

select * from kpi_ad_cvr
