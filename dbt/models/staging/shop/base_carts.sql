-- One row per shopping cart ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('carts', 'cart_id') }}
with

{{ latest_versions('carts') }}

select * from base_carts
