-- One row per campaign with spend: the advertising platform, in lower case, that it ran on.
with

spend as (
    select
        campaign_id,
        lower(platform) as platform
    from {{ ref('marketing_spend') }}
),

-- A campaign number that two platforms use belongs to the first of them in the alphabet.
int_campaign_platforms as (
    select
        campaign_id,
        min(platform) as platform
    from spend
    group by campaign_id
)

select * from int_campaign_platforms
