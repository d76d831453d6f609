-- One row per day and dimension value: impressions of advertisements.
with

kpi_ad_impressions as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        impressions as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_spend_days') }}
)

select * from kpi_ad_impressions
