-- One row per referral in force.
with

{{ rows_in_force('referrals') }},

stg_referrals as (
    select
        referral_id,
        referrer_customer_id as referrer_shop_customer_id,
        _referee_email as referee_email,
        referee_customer_id as referee_shop_customer_id,
        created_at,
        order_id
    from in_force
)

select * from stg_referrals
