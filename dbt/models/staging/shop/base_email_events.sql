-- One row per event of a message ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('email_events', 'event_id') }}
with

{{ latest_versions('email_events') }}

select * from base_email_events
