-- One row per day and dimension value: cost of the advertisements that have clicks counted.
with

kpi_cpc as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        cost_of_clicks as numerator,
        clicks as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
)

select * from kpi_cpc
