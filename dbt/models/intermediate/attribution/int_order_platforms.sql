-- One row per valid order that an advertising platform is credited with.
with

credited_sessions as (
    select
        order_id,
        campaign_id,
        lower(source) as platform_name
    from {{ ref('int_orders_attributed') }}
    where touch_kind = 'session'
),

campaign_platforms as (
    select
        campaign_id,
        platform
    from {{ ref('int_campaign_platforms') }}
),

platforms as (
    select distinct lower(platform) as platform
    from {{ ref('marketing_spend') }}
),

int_order_platforms as (
    select
        credited_sessions.order_id,
        coalesce(credited_sessions.campaign_id, '(none)') as campaign,
        coalesce(campaign_platforms.platform, platforms.platform) as platform
    from credited_sessions
    left join campaign_platforms
        on credited_sessions.campaign_id = campaign_platforms.campaign_id
    left join platforms
        on credited_sessions.platform_name = platforms.platform
    where coalesce(campaign_platforms.platform, platforms.platform) is not null
)

select * from int_order_platforms
