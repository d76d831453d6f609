-- One row per order ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('orders', 'order_id') }}
with

{{ latest_versions('orders') }}

select * from base_orders
