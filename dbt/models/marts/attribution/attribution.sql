-- One row per valid order, touch and attribution model.
with

shares as (
    select *
    from {{ ref('int_attribution_shares') }}
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

orders as (
    select
        order_id,
        customer_id,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

attribution as (
    select
        shares.order_id,
        shares.session_id,
        orders.customer_id,
        touches.campaign_id,
        shares.model,
        touches.touch_kind,
        case when shares.session_id is null then '(unattributed)' else touches.source end as source,
        touches.medium,
        cast(shares.touch_number as integer) as touch_number,
        cast(shares.touches as integer) as touches,
        cast(shares.credit as double) as credit,
        shares.revenue_credit,
        orders.order_date,
        touches.touched_at
    from shares
    inner join orders on shares.order_id = orders.order_id
    left join touches on shares.session_id = touches.session_id
)

select * from attribution
