-- One row per delivery of a post about the shop; the author of most is not known.
create table feeds.social_mentions as
with posted as (
    select
        'c' || orders.key as key,
        order_identities.customer_id,
        orders.arrives_on + whole(0, 6, uniform('post-days', orders.key))
            + time_of_day('post', orders.key) as occurred_at,
        0.5 * orders.happiness + normal('post-mood', orders.key) as mood
    from orders
    inner join order_identities on orders.order_no = order_identities.order_no
    where orders.outcome = 'purchase' and uniform('post', orders.key) < 0.05
    union all
    select
        'd' || day_no || '-' || position as key,
        null as customer_id,
        day + time_of_day('post', day_no || '-' || position) as occurred_at,
        normal('post-mood', day_no || '-' || position) as mood
    from (
        select day, day_no, unnest(range(1 + getvariable('customers') // 2000)) as position from calendar
    )
    where uniform('stranger-post', day_no || '-' || position) < 0.12
),

judged as (
    select
        *,
        case when mood > 0.1 then 'positive' when mood > -0.8 then 'neutral' else 'negative' end as sentiment,
        case
            when uniform('post-reply', key) < if(mood > -0.8, 0.25, 0.6)
                then occurred_at + to_minutes((60 * 9 * exponential('post-reply', key))::integer + 5)
        end as replied_at
    from posted
),

deliveries as (
    select distinct
        key,
        delivered_on(unnest([occurred_at::date, replied_at::date]), 6) as delivery
    from judged
)

select
    deliveries.delivery,
    'm' || left(md5('post' || getvariable('seed') || judged.key), 12) as mention_id,
    judged.customer_id,
    '@' || pick(['kurashi', 'ocha', 'utsuwa', 'kami'], uniform('handle', judged.key)) || '_'
        || left(md5('handle' || judged.key), 5) as handle,
    pick(['instagram', 'instagram', 'x', 'x', 'tiktok', 'note'],
        uniform('post-platform', judged.key)) as platform,
    judged.occurred_at,
    judged.sentiment,
    if(judged.replied_at::date <= deliveries.delivery, judged.replied_at, null) as replied_at
from deliveries
inner join judged on deliveries.key = judged.key
where
    deliveries.delivery <= getvariable('last_day')
    and judged.occurred_at::date <= getvariable('last_day');
