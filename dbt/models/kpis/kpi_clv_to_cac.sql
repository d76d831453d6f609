-- One row per month: predicted net revenue of the next 365 days of its new customers, and what winning them cost.
with

acquisition_costs as (
    select
        date_trunc('month', period_start) as cohort_month,
        sum(numerator) as cost
    from {{ ref('kpi_cac') }}
    where dimension = 'all'
    group by date_trunc('month', period_start)
),

-- Both are per new customer of the month, whose number cancels out.
cohorts as (
    select
        date_trunc('month', summary.first_order_date) as cohort_month,
        sum(predictions.clv_365d) as clv_365d
    from {{ ref('int_purchase_summary') }} as summary
    inner join {{ ref('int_predictions') }} as predictions
        on summary.customer_id = predictions.customer_id
    where predictions.clv_365d is not null
    group by date_trunc('month', summary.first_order_date)
),

kpi_clv_to_cac as (
    select
        'month' as period,
        cohorts.cohort_month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        cohorts.clv_365d as numerator,
        acquisition_costs.cost as denominator,
        cast(null as double) as sum_of_squares
    from cohorts
    inner join acquisition_costs
        on cohorts.cohort_month = acquisition_costs.cohort_month
)

select * from kpi_clv_to_cac
