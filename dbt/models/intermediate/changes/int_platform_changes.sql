-- One row per advertising platform and campaign that is or was known, with the platform as digest.
{{ digests_by_key('kind_and_name') }}
with

campaign_platforms as (
    select
        'campaign' as kind,
        campaign_id as name,
        platform
    from {{ ref('int_campaign_platforms') }}
),

platforms as (
    select distinct
        'platform' as kind,
        lower(platform) as name,
        lower(platform) as platform
    from {{ ref('marketing_spend') }}
),

known as (
    select * from campaign_platforms
    union all
    select * from platforms
),

int_platform_changes as (
    select
        kind || ':' || name as kind_and_name,
        kind,
        name,
        platform as digest,
        {{ change_number() }} as change_number
    from known
    where name is not null
)

select * from int_platform_changes
