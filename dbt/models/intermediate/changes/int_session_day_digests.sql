-- One row per day with or once with sessions, and a digest of what they are counted as.
{{ digests_by_key('date') }}
with

sessions as (
    select *
    from {{ ref('int_session_traits') }}
),

converting_sessions as (
    select distinct session_id
    from {{ ref('int_session_orders') }}
),

int_session_day_digests as (
    select
        sessions.session_date as date,
        {{ checksum([
            'sessions.session_id', 'visitor', 'source', 'campaign', 'platform', 'device', 'stage', 'pageviews',
            'duration_s', 'tracking_views', 'is_bounce', 'is_engaged', 'is_measured',
            'converting_sessions.session_id is not null'
        ]) }} as digest,
        {{ change_number() }} as change_number
    from sessions
    left join converting_sessions on sessions.session_id = converting_sessions.session_id
    where sessions.session_date is not null
    group by sessions.session_date
)

select * from int_session_day_digests
