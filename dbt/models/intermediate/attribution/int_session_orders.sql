-- One row per session and valid order of its person that followed it: on the same day, or soon after
-- the session's end.
{{ rebuilt_for_touched() }}
with

sessions as (
    select
        session_id,
        customer_id,
        session_date,
        started_at,
        started_at
        + (coalesce(duration_s, 0) + 60 * {{ var('conversion_grace_minutes') }}) * interval 1 second
            as credit_ends_at
    from {{ ref('sessions') }}
    {{ of_touched() }}
    where customer_id is not null
),

orders as (
    select
        order_id,
        customer_id,
        order_date,
        ordered_at
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid and customer_id is not null
),

int_session_orders as (
    select
        sessions.session_id,
        orders.order_id,
        orders.customer_id,
        sessions.session_date
    from sessions
    inner join orders
        on
            sessions.customer_id = orders.customer_id
            and sessions.started_at <= orders.ordered_at
            and (
                sessions.session_date = orders.order_date
                or sessions.credit_ends_at >= orders.ordered_at
            )
)

select * from int_session_orders
