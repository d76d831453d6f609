-- One row per entry of a points account: a point per 100 yen, and some for other good deeds.
create table feeds.loyalty_points as
with earned as (
    select
        order_identities.customer_id,
        'p' || orders.order_no as key,
        orders.ordered_at + interval 1 minute as occurred_at,
        floor(order_amounts.subtotal / 100)::bigint as points,
        'purchase' as reason
    from orders
    inner join order_identities on orders.order_no = order_identities.order_no
    inner join order_amounts on orders.order_no = order_amounts.order_no
    where orders.outcome = 'purchase' and orders.currency = 'JPY'
    union all
    select customer_id, 'w' || customer_id, registered_at + interval 1 minute, 100, 'campaign' from accounts
    union all
    select customer_id, 'v' || review_id, min(created_at) + interval 1 hour, 50, 'review'
    from feeds.reviews
    group by customer_id, review_id
    union all
    select referrer_customer_id, 'f' || referee_email, created_at + interval 2 hour, 500, 'referral'
    from referrals where order_id is not null
    union all
    select customer_id, 's' || customer_id, registered_at + interval 40 day, 30, 'social'
    from accounts where uniform('social-points', customer_id) < 0.08
    union all
    select customer_id, 'a' || customer_id, registered_at + interval 60 day, 20, 'adjust'
    from accounts where uniform('adjust', customer_id) < 0.02
),

running as (
    select
        *,
        sum(points) over (partition by customer_id order by occurred_at, key) as earned_so_far
    from earned
    where customer_id is not null
),

redeemed as (
    -- Whoever passes another 300 points pays with some of them.
    select
        customer_id,
        'r' || substr(key, 2) as key,
        occurred_at + interval 2 minute as occurred_at,
        -200 as points,
        'redeem' as reason
    from running
    where reason = 'purchase' and earned_so_far // 300 > (earned_so_far - points) // 300
),

expired as (
    select
        accounts.customer_id,
        'x' || accounts.customer_id as key,
        lives.last_ordered_at::date + interval 400 day as occurred_at,
        -50 as points,
        'expire' as reason
    from accounts
    inner join lives on accounts.person_no = lives.person_no
    where accounts.account_no = 1 and lives.purchases > 0
)

select
    delivered_on(entries.occurred_at::date, 3) as delivery,
    'e' || left(md5('entry' || getvariable('seed') || entries.key), 12) as entry_id,
    entries.customer_id,
    entries.occurred_at,
    entries.points,
    entries.reason
from (
    select * exclude (earned_so_far) from running
    union all
    select * from redeemed
    union all
    select * from expired
) as entries
where entries.occurred_at::date <= getvariable('last_day');
