-- One row per month and sales channel of parcels delivered or sent, and for all channels together.
with

shipments as (
    select
        order_id,
        shipped_at,
        delivered_at,
        promised_at
    from {{ ref('shipments') }}
),

orders as (
    select
        order_id,
        coalesce(channel, '(none)') as channel
    from {{ ref('orders') }}
),

days_of_shipments as (
    select
        order_id,
        cast(date_trunc('month', shipped_at) as date) as month,
        1 as shipped,
        0 as promised,
        0 as on_time
    from shipments
    where shipped_at is not null
    union all
    select
        order_id,
        cast(date_trunc('month', delivered_at) as date) as month,
        0 as shipped,
        1 as promised,
        cast(cast(delivered_at as date) <= cast(promised_at as date) as integer) as on_time
    from shipments
    where delivered_at is not null and promised_at is not null
),

by_channel as (
    select
        days_of_shipments.*,
        coalesce(orders.channel, '(none)') as channel
    from days_of_shipments
    left join orders on days_of_shipments.order_id = orders.order_id
),

int_shipment_punctuality as (
    select
        month,
        coalesce(channel, 'all') as channel,
        cast(sum(shipped) as bigint) as shipments,
        cast(sum(promised) as bigint) as promised_deliveries,
        cast(sum(on_time) as bigint) as deliveries_on_time
    from by_channel
    group by grouping sets ((month), (month, channel))
)

select * from int_shipment_punctuality
