-- One row per day and dimension value: leads won.
with

kpi_leads as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        leads as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_lead_days') }}
)

select * from kpi_leads
