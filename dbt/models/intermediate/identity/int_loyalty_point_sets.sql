-- One row per set of identifiers that entries of points accounts carry together, with the first of them that shows it.
{%- set identifiers = ['shop_customer_id'] %}
{{ sets_by_evidence('loyalty_points', 'entry_id', identifiers) }}
with

int_loyalty_point_sets as (
    {{ identifier_sets('loyalty_points', 'entry_id', 'occurred_at', identifiers) }}
)

select * from int_loyalty_point_sets
