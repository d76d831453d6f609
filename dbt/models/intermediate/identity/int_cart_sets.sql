-- One row per set of identifiers that carts carry together, with the first cart that shows it.
{%- set identifiers = ['shop_customer_id', 'email', 'device_id'] %}
{{ sets_by_evidence('carts', 'cart_id', identifiers) }}
with

int_cart_sets as (
    {{ identifier_sets('carts', 'cart_id', 'created_at', identifiers) }}
)

select * from int_cart_sets
