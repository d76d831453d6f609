-- One row per answer: after an order (nps, csat, purchase_reason, cancel_reason), and in a visit
-- (visit_reason, exit_reason), where many answer without saying who they are.
create table feeds.surveys as
with after_orders as (
    select
        orders.key,
        order_identities.customer_id,
        order_identities.email,
        orders.order_id,
        orders.happiness,
        orders.outcome,
        coalesce(orders.arrives_on, orders.closed_on) as answered_on,
        unnest(['nps', 'csat', 'purchase_reason', 'cancel_reason']) as survey
    from orders
    inner join order_identities on orders.order_no = order_identities.order_no
    where orders.outcome in ('purchase', 'cancelled')
),

in_visits as (
    select
        sessions.key,
        case when sessions.is_logged_in then accounts.customer_id end as customer_id,
        null as email,
        null as order_id,
        0 as happiness,
        sessions.started_at::date as answered_on,
        if(uniform('visit-survey', sessions.key) < 0.006, 'visit_reason', 'exit_reason') as survey
    from sessions
    left join accounts on
        sessions.person_no = accounts.person_no
        and accounts.account_no = 1
        and accounts.registered_at <= sessions.started_at
    where uniform('visit-survey', sessions.key) < 0.01
),

answers as (
    select
        key || survey as key,
        * exclude (key, outcome)
    from after_orders
    where case survey
        when 'nps' then outcome = 'purchase' and uniform('answers', key || survey) < 0.24
        when 'csat' then outcome = 'purchase' and uniform('answers', key || survey) < 0.14
        when 'purchase_reason' then outcome = 'purchase' and uniform('answers', key || survey) < 0.12
        else outcome = 'cancelled' and uniform('answers', key || survey) < 0.6
    end
    union all by name
    select * replace (key || survey as key) from in_visits
),

judged as (
    select
        *,
        answered_on + whole(0, 3, uniform('answer-days', key)) as day,
        -- What one thinks of the shop, and what one thinks today.
        0.6 * happiness + 0.8 * normal('mood', key) as mood,
        uniform('reason', key) as u_reason
    from answers
)

select
    delivered_on(day, 3) as delivery,
    'q' || left(md5('answer' || getvariable('seed') || key), 12) as response_id,
    customer_id,
    if(uniform('answer-known', key) < 0.8, email, null) as email,
    -- Without its order an answer can be anonymous.
    if(uniform('answer-known', key) < 0.85, order_id, null) as order_id,
    survey,
    day + time_of_day('answer', key) as responded_at,
    case survey
        when 'nps' then
            case
                when mood > 1.1 then 10
                when mood > 0.25 then 9
                when mood > -0.25 then 8
                when mood > -0.6 then 7
                when mood > -1.0 then 6
                when mood > -1.4 then 5
                when mood > -1.9 then 3
                else 0
            end
        when 'csat' then
            case
                when mood > 0.2 then 5
                when mood > -0.7 then 4
                when mood > -1.3 then 3
                when mood > -1.8 then 2
                else 1
            end
    end as score,
    case survey
        when 'purchase_reason'
            then pick(['gift', 'quality', 'quality', 'price', 'brand', 'recommended'], u_reason)
        when 'cancel_reason'
            then pick(['delivery_too_late', 'found_cheaper', 'ordered_by_mistake', 'changed_mind'], u_reason)
        when 'visit_reason'
            then pick(['gift', 'browsing', 'browsing', 'specific_product', 'advertisement', 'social'], u_reason)
        when 'exit_reason'
            then pick(['price', 'shipping_cost', 'shipping_cost', 'not_found', 'payment_method', 'just_looking'], u_reason)
    end as reason_code,
    case
        when u_reason > 0.65 and mood > 0
            then pick(['包装がとても丁寧でした。', '贈り物に喜ばれました。', 'また利用します。', '器の色合いが美しいです。'], uniform('comment', key))
        when u_reason > 0.65
            then pick(['送料が少し高いと感じます。', '届くまでに時間がかかりました。', '写真と色が違いました。', '在庫切れが残念です。'],
                uniform('comment', key))
    end as comment
from judged
where day <= getvariable('last_day');
