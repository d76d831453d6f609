-- One row per period: persons who referred somebody in it, and the active customers at its end.
with

referrals as (
    select
        customer_id,
        cast(created_at as date) as referral_date
    from {{ ref('referrals') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

churn_periods as (
    select
        period,
        period_start,
        active_at_end
    from {{ ref('int_churn_periods') }}
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

kpi_referral_rate as (
    select
        churn_periods.period,
        churn_periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        coalesce(referrers.referrers, 0) as numerator,
        churn_periods.active_at_end as denominator,
        cast(null as double) as sum_of_squares
    from churn_periods
    left join referrers
        using (period, period_start)
)

select * from kpi_referral_rate
