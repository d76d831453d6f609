-- One row per valid order and touch of its person in the days before it, numbered in time.
{{ rebuilt_for_touched() }}
with

orders as (
    select
        order_id,
        customer_id,
        ordered_at
    from {{ ref('int_orders_validated') }}
    {{ of_touched() }}
    where
        is_valid
        and customer_id is not null
),

touches as (
    select
        session_id,
        customer_id,
        touch_kind,
        is_direct,
        touched_at
    from {{ ref('int_touches') }}
    {{ of_touched() }}
),

touches_before as (
    select
        orders.order_id,
        orders.customer_id,
        touches.session_id,
        touches.touch_kind,
        touches.is_direct,
        touches.touched_at,
        orders.ordered_at
    from orders
    inner join touches
        on orders.customer_id = touches.customer_id
        and touches.touched_at < orders.ordered_at
        and touches.touched_at
        >= orders.ordered_at - interval {{ 24 * var('attribution_days') }} hour
),

int_order_touches as (
    select
        order_id,
        session_id,
        customer_id,
        touch_kind,
        is_direct,
        row_number() over (
            partition by order_id order by touched_at, session_id
        ) as touch_number,
        count(*) over (partition by order_id) as touches,
        touched_at,
        ordered_at
    from touches_before
)

select * from int_order_touches
