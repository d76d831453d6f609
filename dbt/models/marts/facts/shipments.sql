-- One row per parcel.
with

parcels as (
    select *
    from {{ ref('stg_shipments') }}
),

orders as (
    select
        order_id,
        customer_id
    from {{ ref('int_orders_placed') }}
),

shipments as (
    select
        parcels.shipment_id,
        parcels.order_id,
        orders.customer_id,
        parcels.status,
        parcels.notifications,
        parcels.shipped_at,
        parcels.promised_at,
        parcels.delivered_at
    from parcels
    left join orders on parcels.order_id = orders.order_id
)

select * from shipments
