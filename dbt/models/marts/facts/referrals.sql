-- One row per recommendation of the shop to somebody, of the person who recommended.
with

recommendations as (
    select
        referral_id,
        referrer_shop_customer_id,
        referee_shop_customer_id,
        referee_email,
        order_id,
        created_at
    from {{ ref('stg_referrals') }}
),

referrals as (
    select
        recommendations.referral_id,
        {{ person_of(['referrer_shop_customer_id']) }} as customer_id,
        {{ person_of(['referee_shop_customer_id', 'referee_email']) }} as referee_customer_id,
        recommendations.order_id,
        recommendations.created_at
    from recommendations
    {{ person_joins('recommendations', ['referrer_shop_customer_id']) }}
    {{ person_joins('recommendations', ['referee_shop_customer_id', 'referee_email']) }}
)

select * from referrals
