-- One row per period: of the active customers at its start, those who were churned on at least
-- one of its days.
with

kpi_churn_rate as (
    select
        period,
        period_start,
        'all' as dimension,
        'all' as dimension_value,
        churned_customers as numerator,
        active_at_start as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_churn_periods') }}
)

select * from kpi_churn_rate
