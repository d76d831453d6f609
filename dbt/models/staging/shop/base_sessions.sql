-- One row per session ever delivered: its latest version, withdrawn or not.
{{ built_by_delivery('sessions', 'session_id') }}
with

{{ latest_versions('sessions') }}

select * from base_sessions
