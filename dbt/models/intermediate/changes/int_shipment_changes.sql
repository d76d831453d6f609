-- One row per shipment and change of the shipment itself or of whose it is.
{{ config(materialized='view') }}
with

int_shipment_changes as (
    {{ changes_of_rows('shipments', 'shipment_id', []) }}
    union all
    {{ changes_through_orders('shipments', 'shipment_id') }}
)

select * from int_shipment_changes
