-- One row per period: of the active customers at its start, those who are not churned at its end.
with

kpi_retention_rate as (
    select
        period,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        active_at_start - lost_customers as numerator,
        active_at_start as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_churn_periods') }}
)

select * from kpi_retention_rate
