-- One row per delivery of a review: when written, and when the shop replied. A few are withdrawn by
-- their author.
create table feeds.reviews as
with written as (
    select
        orders.order_no,
        orders.key,
        order_identities.customer_id,
        order_identities.email,
        products.product_id,
        least(5, greatest(1, round(4.1 + 0.5 * orders.happiness + 0.8 * normal('stars', orders.key))))::integer as rating,
        orders.arrives_on + whole(1, 12, uniform('review-days', orders.key))
            + time_of_day('review', orders.key) as created_at
    from orders
    inner join order_identities on orders.order_no = order_identities.order_no
    inner join order_lines on orders.order_no = order_lines.order_no and order_lines.line_no = 1
    inner join products on order_lines.product_no = products.product_no
    where orders.outcome = 'purchase' and uniform('review', orders.key) < 0.16
),

replied as (
    select
        *,
        case
            when uniform('review-reply', key) < if(rating <= 2, 0.75, 0.2)
                then created_at + to_minutes((60 * 30 * exponential('review-reply', key))::integer + 20)
        end as replied_at,
        if(uniform('review-withdrawn', key) < 0.03, created_at::date + 5, null) as withdrawn_on
    from written
),

deliveries as (
    select distinct
        order_no,
        delivered_on(unnest([created_at::date, replied_at::date, withdrawn_on]), 6) as delivery
    from replied
)

select
    deliveries.delivery,
    format('V{:08d}', replied.order_no) as review_id,
    replied.customer_id,
    if(replied.customer_id is null, replied.email, null) as email,
    replied.product_id,
    replied.rating,
    replied.created_at,
    if(replied.replied_at::date <= deliveries.delivery, replied.replied_at, null) as replied_at,
    case
        when replied.rating >= 4
            then pick(['毎日使っています。', '香りがよく、また頼みます。', '手に馴染みます。', '母が喜びました。'], uniform('body', replied.key))
        when replied.rating = 3 then pick(['普通です。', '思ったより小さめでした。'], uniform('body', replied.key))
        else pick(['届いたときに欠けていました。', '期待と違いました。'], uniform('body', replied.key))
    end as body,
    if(replied.withdrawn_on <= deliveries.delivery, true, null) as deleted
from deliveries
inner join replied on deliveries.order_no = replied.order_no
where
    deliveries.delivery <= getvariable('last_day')
    and replied.created_at::date <= getvariable('last_day');
