-- One row per period: of the persons who were churned at its start, those with a valid order in it.
with

churn_periods as (
    select
        period,
        period_start,
        churned_at_start
    from {{ ref('int_churn_periods') }}
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

reactivations as (
    select
        previously_churned_on,
        active_from
    from {{ ref('int_customer_spells') }}
    where previously_churned_on is not null
),

reactivated as (
    select
        period_days.period,
        period_days.period_start,
        count(*) as customers
    from reactivations
    inner join period_days
        on
            reactivations.active_from = period_days.date
            and reactivations.previously_churned_on < period_days.period_start
    group by period_days.period, period_days.period_start
),

kpi_reactivation_rate as (
    select
        churn_periods.period,
        churn_periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        coalesce(reactivated.customers, 0) as numerator,
        churn_periods.churned_at_start as denominator,
        cast(null as double) as sum_of_squares
    from churn_periods
    left join reactivated
        using (period, period_start)
)

select * from kpi_reactivation_rate
