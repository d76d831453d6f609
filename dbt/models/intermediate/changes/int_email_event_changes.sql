-- One row per event of a message and change of the event itself or of whose it is.
{{ config(materialized='view') }}
with

int_email_event_changes as (
    {{ changes_of_rows('email_events', 'event_id', ['shop_customer_id', 'email']) }}
)

select * from int_email_event_changes
