-- One row per session and change of the session itself or of whose it is.
{{ config(materialized='view') }}
with

int_session_changes as (
    {{ changes_of_rows('sessions', 'session_id', ['shop_customer_id', 'email', 'device_id']) }}
)

select * from int_session_changes
