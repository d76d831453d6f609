-- Days and campaigns hold all spend once, and the orders and sessions that KPIs credit to platforms.
{{ config(meta={'dagster': {'ref': {'name': 'campaigns_daily'}}}) }}

with

campaigns as (
    select
        coalesce(sum(cost), 0) as cost,
        coalesce(sum(clicks), 0) as clicks,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('campaigns_daily') }}
),

spend as (
    select
        coalesce(sum(cost), 0) as cost,
        coalesce(sum(clicks), 0) as clicks
    from {{ ref('marketing_spend') }}
),

credited as (
    select
        coalesce(sum(numerator) filter (where kpi_id = 'ad_cvr'), 0) as orders,
        coalesce(sum(numerator) filter (where kpi_id = 'roas'), 0) as net_revenue
    from {{ ref('kpis_of_advertising') }}
    where dimension = 'all'
)

select campaigns.*
from campaigns
cross join spend
cross join credited
where
    (campaigns.cost, campaigns.clicks) != (spend.cost, spend.clicks)
    or (campaigns.orders, campaigns.net_revenue) != (credited.orders, credited.net_revenue)
