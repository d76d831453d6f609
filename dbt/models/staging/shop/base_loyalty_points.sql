-- One row per entry of a points account ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('loyalty_points', 'entry_id') }}
with

{{ latest_versions('loyalty_points') }}

select * from base_loyalty_points
