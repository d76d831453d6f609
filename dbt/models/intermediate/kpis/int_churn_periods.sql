-- One row per period: what became of the persons who were active customers, or churned, at its
-- start.
with

periods as (
    select
        period,
        period_start,
        period_end
    from {{ ref('int_kpi_periods') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

customer_days as (
    select *
    from {{ ref('int_customer_days') }}
),

spells as (
    select
        customer_id,
        active_from,
        churned_on
    from {{ ref('int_customer_spells') }}
),

-- Of those active at the start: whose spell ended in the period. One spell holds the start, so a
-- person is here once.
churned as (
    select
        period_days.period,
        period_days.period_start,
        spells.customer_id
    from spells
    inner join period_days on spells.churned_on = period_days.date
    where spells.active_from < period_days.period_start
),

lost as (
    select
        churned.period,
        churned.period_start,
        count(distinct churned.customer_id) as churned_customers,
        count(distinct spells.customer_id) as regained_customers
    from churned
    inner join periods using (period, period_start)
    left join spells
        on
            churned.customer_id = spells.customer_id
            and periods.period_end >= spells.active_from
            and (periods.period_end < spells.churned_on or spells.churned_on is null)
    group by churned.period, churned.period_start
),

int_churn_periods as (
    select
        periods.period,
        periods.period_start,
        coalesce(at_start.active_customers, 0) as active_at_start,
        coalesce(at_start.churned_customers, 0) as churned_at_start,
        coalesce(lost.churned_customers, 0) as churned_customers,
        coalesce(lost.churned_customers - lost.regained_customers, 0) as lost_customers,
        at_end.active_customers as active_at_end
    from periods
    inner join customer_days as at_end
        on periods.period_end = at_end.date
    left join customer_days as at_start
        on periods.period_start - 1 = at_start.date
    left join lost using (period, period_start)
)

select * from int_churn_periods
