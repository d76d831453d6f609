-- One row per device and change of a session or a cart of it.
{{ config(materialized='view') }}
with

int_device_changes as (
    {{ affected_by('sessions', 'device_id') }}
    union all
    {{ affected_by('carts', 'device_id') }}
)

select * from int_device_changes
