-- One row per order that is or was valid, and a digest of what its attribution is made of: itself and its touches.
{{ digests_by_key('order_id', 'int_order_credit_changes') }}
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

order_touches as (
    select
        order_id,
        session_id,
        is_direct,
        touch_number,
        touches,
        ordered_at
    from {{ ref('int_order_touches') }}
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

int_attribution_digests as (
    select
        orders.order_id,
        {{ checksum([
            'orders.customer_id', 'orders.net_revenue', 'orders.order_date', 'order_touches.session_id',
            'order_touches.is_direct', 'order_touches.touch_number', 'order_touches.touches',
            'order_touches.ordered_at', 'touches.campaign_id', 'touches.touch_kind', 'touches.source',
            'touches.medium', 'touches.touched_at'
        ]) }} as digest,
        {{ change_number() }} as change_number
    from orders
    left join order_touches on orders.order_id = order_touches.order_id
    left join touches on order_touches.session_id = touches.session_id
    group by orders.order_id
)

select * from int_attribution_digests
