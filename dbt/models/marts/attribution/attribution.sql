-- One row per valid order, touch and attribution model.
{{ built_by_key('order_id', 'int_attribution_digests') }}
with

orders as (
    select
        order_id,
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    {{ of_changed_keys() }}
    where is_valid
),

models as (
    select model
    from {{ ref('attribution_models') }}
),

shares as (
    select *
    from {{ ref('int_attribution_shares') }}
    {{ of_changed_keys() }}
),

-- An order that nothing led to keeps its revenue.
credits as (
    select * from shares
    union all
    select
        orders.order_id,
        null as session_id,
        models.model,
        0 as touch_number,
        0 as touches,
        1 as credit,
        orders.net_revenue as revenue_credit
    from orders
    anti join shares on orders.order_id = shares.order_id
    cross join models
),

touches as (
    select
        session_id,
        campaign_id,
        touch_kind,
        source,
        medium,
        touched_at
    from {{ ref('int_touches') }}
),

attribution as (
    select
        orders.order_id,
        credits.session_id,
        orders.customer_id,
        touches.campaign_id,
        credits.model,
        touches.touch_kind,
        case when credits.session_id is null then '(unattributed)' else touches.source end as source,
        touches.medium,
        cast(credits.touch_number as integer) as touch_number,
        cast(credits.touches as integer) as touches,
        credits.credit,
        credits.revenue_credit,
        orders.order_date,
        touches.touched_at
    from credits
    inner join orders on credits.order_id = orders.order_id
    left join touches on credits.session_id = touches.session_id
)

select * from attribution
