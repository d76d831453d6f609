-- One row per set of identifiers that orders carry together, with the first order that shows it.
{%- set identifiers = ['shop_customer_id', 'email', 'phone', 'device_id'] %}
{{ sets_by_evidence('orders', 'order_id', identifiers) }}
with

int_order_sets as (
    {{ identifier_sets('orders', 'order_id', 'ordered_at', identifiers) }}
)

select * from int_order_sets
