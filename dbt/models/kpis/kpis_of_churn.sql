-- One row per KPI and period: what became of the persons who were active customers, or churned, at its start.
with

churn_periods as (
    select *
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
        count(*) as reactivated_customers
    from reactivations
    inner join period_days
        on
            reactivations.active_from = period_days.date
            and reactivations.previously_churned_on < period_days.period_start
    group by period_days.period, period_days.period_start
),

customer_periods as (
    select
        churn_periods.*,
        {{ no_dimension() }},
        coalesce(reactivated.reactivated_customers, 0) as reactivated_customers
    from churn_periods
    left join reactivated using (period, period_start)
),

kpis_of_churn as (
    {{ kpis_of_periods('customer_periods', [
        ('retention_rate', 'active_at_start - lost_customers', 'active_at_start'),
        ('churn_rate', 'churned_customers', 'active_at_start'),
        ('reactivation_rate', 'reactivated_customers', 'churned_at_start'),
    ]) }}
)

select * from kpis_of_churn
