-- One row per session and change of it, of the stage that it found its person in, or of the platform it came by.
{{ config(materialized='view') }}
with

sessions as (
    select
        session_id,
        customer_id,
        campaign_id,
        lower(source) as platform,
        session_date
    from {{ ref('sessions') }}
),

versions as (
    select
        session_id,
        change_number
    from {{ ref('int_session_changes') }}
),

stages as (
    select
        customer_id,
        change_number,
        valid_from
    from {{ ref('int_stage_changes') }}
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
    select sessions.session_id, stages.change_number
    from sessions
    inner join stages
        on sessions.customer_id = stages.customer_id and sessions.session_date > stages.valid_from
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
