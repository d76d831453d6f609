-- One row per cart of a device with a session before it: the type of that device.
with

carts as (
    select
        cart_id,
        device_id,
        updated_at
    from {{ ref('carts') }}
    where device_id is not null
),

sessions as (
    select
        session_id,
        device_id,
        device_type,
        started_at
    from {{ ref('sessions') }}
    where device_type is not null
),

int_cart_devices as (
    select
        carts.cart_id,
        sessions.device_type
    from carts
    inner join sessions
        on
            carts.device_id = sessions.device_id
            and carts.updated_at >= sessions.started_at
    qualify row_number() over (
        partition by carts.cart_id order by sessions.started_at desc, sessions.session_id desc
    ) = 1
)

select * from int_cart_devices
