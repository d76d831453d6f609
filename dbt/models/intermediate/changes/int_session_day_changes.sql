-- One row per day and change of a session of it, or of the orders that followed one.
{{ config(materialized='view') }}
with

int_session_day_changes as (
    {{ affected_by('int_session_traits', 'session_date', 'date') }}
    union all
    {{ affected_by('int_session_orders', 'session_date', 'date') }}
)

select * from int_session_day_changes
