-- One row per day: referrals whose referee has a valid order by as_of.
with

referrals as (
    select
        referee_customer_id,
        cast(created_at as date) as referral_date
    from {{ ref('referrals') }}
),

first_orders as (
    select customer_id
    from {{ ref('orders') }}
    where order_number = 1
),

kpi_referral_conversion_rate as (
    select
        'day' as period,
        referrals.referral_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(first_orders.customer_id) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from referrals
    left join first_orders
        on referrals.referee_customer_id = first_orders.customer_id
    group by referrals.referral_date
)

select * from kpi_referral_conversion_rate
