-- One row per shipment and change of the shipment itself or of whose it is.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        change_number
    from {{ ref('int_order_changes') }}
),

shipments as (
    select
        shipment_id,
        order_id
    from {{ ref('stg_shipments') }}
),

int_shipment_changes as (
    select shipment_id, change_number from {{ ref('base_shipments') }}
    union all
    select
        shipments.shipment_id,
        orders.change_number
    from shipments
    inner join orders on shipments.order_id = orders.order_id
)

select * from int_shipment_changes
