-- One row per recommendation, delivered with the order it led to once there is one.
create table feeds.referrals as
with deliveries as (
    select distinct
        referrals.referee_email,
        delivered_on(unnest([referrals.created_at::date, orders.ordered_at::date]), 6) as delivery
    from referrals
    left join orders on referrals.order_id = orders.order_id
)

select
    deliveries.delivery,
    'F' || left(md5('referral' || getvariable('seed') || referrals.referee_email), 10) as referral_id,
    referrals.referrer_customer_id,
    referrals.referee_email,
    order_identities.customer_id as referee_customer_id,
    referrals.created_at,
    if(orders.ordered_at::date <= deliveries.delivery, referrals.order_id, null) as order_id
from deliveries
inner join referrals on deliveries.referee_email = referrals.referee_email
left join orders on referrals.order_id = orders.order_id
left join order_identities on
    orders.order_no = order_identities.order_no
    and orders.ordered_at::date <= deliveries.delivery
where deliveries.delivery is not null;
