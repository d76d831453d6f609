-- One row per entry of a points account and change of the entry itself or of whose it is.
{{ config(materialized='view') }}
with

int_loyalty_point_changes as (
    {{ changes_of_rows('loyalty_points', 'entry_id', ['shop_customer_id']) }}
)

select * from int_loyalty_point_changes
