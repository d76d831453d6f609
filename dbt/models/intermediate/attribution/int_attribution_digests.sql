-- One row per valid order, and a digest of what its attribution is made of: the order, and the touches before it.
with

orders as (
    select
        order_id,
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

order_touches as (
    select
        order_id,
        session_id,
        is_direct,
        touch_number,
        touches,
        ordered_at
    from {{ ref('int_order_touches') }}
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

int_attribution_digests as (
    select
        orders.order_id,
        {{ checksum([
            'orders.customer_id', 'orders.net_revenue', 'orders.order_date', 'order_touches.session_id',
            'order_touches.is_direct', 'order_touches.touch_number', 'order_touches.touches',
            'order_touches.ordered_at', 'touches.campaign_id', 'touches.touch_kind', 'touches.source',
            'touches.medium', 'touches.touched_at'
        ]) }} as digest
    from orders
    left join order_touches on orders.order_id = order_touches.order_id
    left join touches on order_touches.session_id = touches.session_id
    group by orders.order_id
)

select * from int_attribution_digests
