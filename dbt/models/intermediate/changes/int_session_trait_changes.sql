-- One row per session and change of it, of the stage that it found its person in, or of the platform it came by.
{{ config(materialized='view') }}
with

sessions as (
    select
        session_id,
        customer_id,
        campaign_id,
        source,
        session_date
    from {{ ref('sessions') }}
),

versions as (
    select
        session_id,
        change_number
    from {{ ref('int_session_changes') }}
),

int_session_trait_changes as (
    select * from versions
    union all
    {{ changes_of_dimensions('sessions', 'session_id', 'session_date') }}
)

select * from int_session_trait_changes
