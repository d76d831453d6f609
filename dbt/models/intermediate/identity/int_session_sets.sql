-- One row per set of identifiers that sessions carry together, with the first session that shows it.
{%- set identifiers = ['shop_customer_id', 'email', 'device_id'] %}
{{ sets_by_evidence('sessions', 'session_id', identifiers) }}
with

int_session_sets as (
    {{ identifier_sets('sessions', 'session_id', 'started_at', identifiers) }}
)

select * from int_session_sets
