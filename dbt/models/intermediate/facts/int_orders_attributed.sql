-- One row per valid order with a touch: the last one that is not direct, else the last.
{{ rebuilt_for_touched() }}
with

order_touches as (
    select
        order_id,
        customer_id,
        session_id,
        is_direct,
        touch_number
    from {{ ref('int_order_touches') }}
    {{ of_touched() }}
),

touches as (
    select
        session_id,
        campaign_id,
        touch_kind,
        source,
        medium
    from {{ ref('int_touches') }}
    {{ of_touched() }}
),

credited as (
    select
        order_id,
        customer_id,
        coalesce(
            max_by(session_id, touch_number) filter (where not is_direct),
            max_by(session_id, touch_number)
        ) as session_id
    from order_touches
    group by order_id, customer_id
),

int_orders_attributed as (
    select
        credited.order_id,
        credited.customer_id,
        credited.session_id,
        touches.campaign_id,
        touches.touch_kind,
        touches.source,
        touches.medium
    from credited
    inner join touches on credited.session_id = touches.session_id
)

select * from int_orders_attributed
