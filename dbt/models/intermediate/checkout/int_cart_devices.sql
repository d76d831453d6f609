-- One row per cart of a device with a session before it: the type of that device.
with

carts as (
    select
        cart_id,
        device_id,
        updated_at
    from {{ ref('carts') }}
    where
        device_id is not null
        and updated_at is not null
),

sessions as (
    select
        sessions.session_id,
        sessions.device_id,
        sessions.device_type,
        sessions.started_at
    from {{ ref('sessions') }} as sessions
    semi join carts on sessions.device_id = carts.device_id
    where sessions.device_type is not null
),

moments as (
    select
        device_id,
        session_id,
        device_type,
        cast(null as {{ dbt.type_string() }}) as cart_id,
        started_at as happened_at
    from sessions
    union all
    select
        device_id,
        null as session_id,
        null as device_type,
        cart_id,
        updated_at as happened_at
    from carts
),

-- A cart has the number of the device's latest session: one of the same moment comes before it. Joining
-- each cart with all sessions before it would take for ever where thousands share a device.
numbered as (
    select
        *,
        count(session_id) over (
            partition by device_id
            order by happened_at, session_id nulls last, cart_id
            rows between unbounded preceding and current row
        ) as sessions_so_far
    from moments
),

int_cart_devices as (
    select
        numbered_carts.cart_id,
        numbered_carts.device_id,
        numbered_sessions.device_type
    from numbered as numbered_carts
    inner join numbered as numbered_sessions
        on
            numbered_carts.device_id = numbered_sessions.device_id
            and numbered_carts.sessions_so_far = numbered_sessions.sessions_so_far
    where
        numbered_carts.cart_id is not null
        and numbered_sessions.session_id is not null
)

select * from int_cart_devices
