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

-- An order that nothing led to keeps its revenue.
attribution as (
    select
        orders.order_id,
        shares.session_id,
        orders.customer_id,
        touches.campaign_id,
        models.model,
        touches.touch_kind,
        case when shares.session_id is null then '(unattributed)' else touches.source end as source,
        touches.medium,
        cast(coalesce(shares.touch_number, 0) as integer) as touch_number,
        cast(coalesce(shares.touches, 0) as integer) as touches,
        coalesce(shares.credit, 1) as credit,
        coalesce(shares.revenue_credit, orders.net_revenue) as revenue_credit,
        orders.order_date,
        touches.touched_at
    from orders
    cross join models
    left join shares
        on
            orders.order_id = shares.order_id
            and models.model = shares.model
    left join touches on shares.session_id = touches.session_id
)

select * from attribution
