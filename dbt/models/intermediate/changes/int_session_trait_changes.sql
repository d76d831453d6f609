-- One row per session and change of it, of its person's stages, or of the platform it came by.
{{ config(materialized='view') }}
with

sessions as (
    select
        session_id,
        customer_id,
        campaign_id,
        lower(source) as platform
    from {{ ref('sessions') }}
),

versions as (
    select
        session_id,
        change_number
    from {{ ref('int_session_changes') }}
),

persons as (
    select
        customer_id,
        change_number
    from {{ ref('int_lifecycle_digests') }}
),

platforms as (
    select
        kind,
        name,
        change_number
    from {{ ref('int_platform_changes') }}
),

int_session_trait_changes as (
    select * from versions
    union all
    select sessions.session_id, persons.change_number
    from sessions
    inner join persons on sessions.customer_id = persons.customer_id
    union all
    select sessions.session_id, platforms.change_number
    from sessions
    inner join platforms on sessions.campaign_id = platforms.name and platforms.kind = 'campaign'
    union all
    select sessions.session_id, platforms.change_number
    from sessions
    inner join platforms on sessions.platform = platforms.name and platforms.kind = 'platform'
)

select * from int_session_trait_changes
