-- One row per shipment ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('shipments', 'shipment_id') }}
with

{{ latest_versions('shipments') }}

select * from base_shipments
