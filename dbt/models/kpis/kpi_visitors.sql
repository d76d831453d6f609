-- One row per period and dimension value: distinct persons with a session, and devices of nobody
-- known.
with

kpi_visitors as (
    select
        period,
        period_start,
        dimension,
        dimension_value,
        visitors as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_visitor_counts') }}
)

select * from kpi_visitors
