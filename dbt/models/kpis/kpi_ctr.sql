-- One row per day and dimension value: clicks on the advertisements that have clicks and
-- impressions counted.
with

kpi_ctr as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        clicks_of_impressions as numerator,
        impressions_with_clicks as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
)

select * from kpi_ctr
