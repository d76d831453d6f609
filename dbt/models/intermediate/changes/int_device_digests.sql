-- One row per device with or once with sessions or carts, and a digest of them.
{{ digests_by_key('device_id') }}
with

sessions as (
    select
        device_id,
        {{ checksum(['session_id', 'device_type', 'started_at']) }} as moments
    from {{ ref('sessions') }}
    where device_id is not null and device_type is not null
    group by device_id
),

carts as (
    select
        device_id,
        {{ checksum(['cart_id', 'updated_at']) }} as moments
    from {{ ref('carts') }}
    where device_id is not null and updated_at is not null
    group by device_id
),

int_device_digests as (
    select
        device_id,
        {{ checksum(['sessions.moments', 'carts.moments']) }} as digest,
        {{ change_number() }} as change_number
    from sessions
    full outer join carts using (device_id)
    group by device_id
)

select * from int_device_digests
