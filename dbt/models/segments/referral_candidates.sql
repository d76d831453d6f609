-- One row per person and interval: fresh from recommending the shop, and has referred nobody yet.
with

recommendations as (
    select
        customer_id,
        event_date,
        ends_on
    from {{ ref('int_lifecycle_recommendations') }}
    where feed <> 'referrals'
),

customer_orders as (
    select
        customer_id,
        first_order_date
    from {{ ref('int_customer_orders') }}
),

first_referrals as (
    select
        customer_id,
        cast(min(created_at) as date) as first_referral_date
    from {{ ref('referrals') }}
    where customer_id is not null
    group by customer_id
),

-- Only who has bought can say what to expect.
pleased as (
    select
        recommendations.customer_id,
        greatest(recommendations.event_date, customer_orders.first_order_date) as valid_from,
        least(
            recommendations.event_date + {{ var('referral_request_days') }},
            recommendations.ends_on,
            first_referrals.first_referral_date
        ) as valid_to
    from recommendations
    inner join customer_orders
        on recommendations.customer_id = customer_orders.customer_id
    left join first_referrals
        on recommendations.customer_id = first_referrals.customer_id
),

intervals as (
    select *
    from pleased
    where valid_from < valid_to
),

referral_candidates as (
    {{ maximal_intervals('intervals') }}
)

select * from referral_candidates
