-- One row per day with or once with sessions, and a digest of who visited, and by which source and platform.
{{ digests_by_key('date', 'int_session_day_changes') }}
with

sessions as (
    select *
    from (select *, session_date as date from {{ ref('int_session_traits') }}) as sessions
    {{ of_changed_keys() }}
    where session_date is not null
),

int_visitor_day_digests as (
    select
        date,
        {{ checksum(['session_id', 'visitor', 'source', 'platform']) }} as digest,
        {{ change_number() }} as change_number
    from sessions
    group by date
)

select * from int_visitor_day_digests
