-- One row per set of identifiers that e-mail events carry together, with the first e-mail event that shows it.
{%- set identifiers = ['shop_customer_id', 'email'] %}
{{ sets_by_evidence('email_events', 'event_id', identifiers) }}
with

int_email_event_sets as (
    {{ identifier_sets('email_events', 'event_id', 'occurred_at', identifiers) }}
)

select * from int_email_event_sets
