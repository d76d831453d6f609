-- One row per shipment in force.
with

{{ rows_in_force('shipments') }},

stg_shipments as (
    select
        shipment_id,
        order_id,
        {{ if_known('shipped_at') }} as shipped_at,
        promised_at,
        {{ if_known('delivered_at') }} as delivered_at,
        status,
        notifications
    from in_force
)

select * from stg_shipments
