-- One row per survey answer ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('surveys', 'response_id') }}
with

{{ latest_versions('surveys') }}

select * from base_surveys
