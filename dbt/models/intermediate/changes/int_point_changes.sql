-- One row per person and change of an entry in their points accounts.
{{ config(materialized='view') }}
with

int_point_changes as (
    {{ affected_by('int_loyalty_points', 'customer_id') }}
)

select * from int_point_changes
