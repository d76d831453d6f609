-- One row per day, platform and campaign with spend, sessions or attributed orders.
with

spend as (
    select
        spend_date as date,
        lower(platform) as platform,
        campaign_id,
        impressions,
        clicks,
        conversions,
        cost
    from {{ ref('marketing_spend') }}
),

platform_activity as (
    select *
    from {{ ref('int_platform_activity') }}
),

spend_by_day as (
    select
        date,
        platform,
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(conversions) as reported_conversions,
        sum(cost) as cost,
        cast({{ sum_where_known('clicks', 'impressions') }} as double)
        / nullif({{ sum_where_known('impressions', 'clicks') }}, 0) as ctr,
        cast({{ sum_where_known('cost', 'clicks') }} as double) / nullif(sum(clicks), 0) as cpc
    from spend
    group by date, platform, campaign_id
),

campaigns_daily as (
    select
        date,
        platform,
        campaign_id,
        cast(coalesce(spend_by_day.impressions, 0) as bigint) as impressions,
        cast(coalesce(spend_by_day.clicks, 0) as bigint) as clicks,
        cast(coalesce(spend_by_day.reported_conversions, 0) as decimal(38, 4)) as reported_conversions,
        coalesce(platform_activity.sessions, 0) as sessions,
        coalesce(platform_activity.orders, 0) as orders,
        cast(coalesce(spend_by_day.cost, 0) as decimal(38, 4)) as cost,
        cast(coalesce(platform_activity.net_revenue, 0) as decimal(38, 4)) as net_revenue,
        spend_by_day.ctr,
        spend_by_day.cpc,
        cast(coalesce(platform_activity.orders, 0) as double) / nullif(spend_by_day.clicks, 0)
            as cvr,
        cast(coalesce(platform_activity.net_revenue, 0) as double)
        / cast(nullif(spend_by_day.cost, 0) as double) as roas
    from spend_by_day
    full join platform_activity using (date, platform, campaign_id)
)

select * from campaigns_daily
