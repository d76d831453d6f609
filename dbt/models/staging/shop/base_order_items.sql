-- One row per order line ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('order_items', ['order_id', 'line_no']) }}
with

{{ latest_versions('order_items') }}

select * from base_order_items
