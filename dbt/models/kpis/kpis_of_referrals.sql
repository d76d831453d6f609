-- One row per KPI and period: referrals, by who made them in the period and by whether they led to an order.
with

referrals as (
    select
        customer_id,
        referee_customer_id,
        cast(created_at as date) as referral_date
    from {{ ref('referrals') }}
),

first_orders as (
    select customer_id
    from {{ ref('orders') }}
    where order_number = 1
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

churn_periods as (
    select
        period,
        period_start,
        active_at_end
    from {{ ref('int_churn_periods') }}
),

referral_days as (
    select
        referrals.referral_date as date,
        {{ no_dimension() }},
        count(*) as referrals,
        count(first_orders.customer_id) as converted
    from referrals
    left join first_orders
        on referrals.referee_customer_id = first_orders.customer_id
    group by referrals.referral_date
),

referrers as (
    select
        period_days.period,
        period_days.period_start,
        count(distinct referrals.customer_id) as referrers
    from referrals
    inner join period_days
        on referrals.referral_date = period_days.date
    group by period_days.period, period_days.period_start
),

referral_periods as (
    select
        period,
        period_start,
        {{ no_dimension() }},
        coalesce(referrers.referrers, 0) as referrers,
        churn_periods.active_at_end
    from churn_periods
    left join referrers using (period, period_start)
),

kpis_of_referrals as (
    {{ kpis_of_days('referral_days', [
        ('referral_conversion_rate', 'converted', 'referrals'),
    ]) }}
    union all
    {{ kpis_of_periods('referral_periods', [
        ('referral_rate', 'referrers', 'active_at_end'),
    ]) }}
)

select * from kpis_of_referrals
