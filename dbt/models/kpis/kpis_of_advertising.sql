-- One row per KPI, day and dimension value: what advertisements cost and did, and the orders credited to them.
{%- set dimensions = ['platform', 'campaign'] %}
with

spend as (
    select
        lower(platform) as platform,
        campaign_id as campaign,
        impressions,
        clicks,
        cost,
        spend_date
    from {{ ref('marketing_spend') }}
),

orders as (
    select
        order_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

order_platforms as (
    select *
    from {{ ref('int_order_platforms') }}
),

spend_days as (
    select
        spend_date as date,
        {{ dimension(dimensions) }},
        coalesce(sum(impressions), 0) as impressions,
        coalesce(sum(clicks), 0) as clicks,
        sum(cost) as cost,
        coalesce({{ sum_where_known('clicks', 'impressions') }}, 0) as clicks_of_impressions,
        coalesce({{ sum_where_known('impressions', 'clicks') }}, 0) as impressions_with_clicks,
        coalesce({{ sum_where_known('cost', 'clicks') }}, 0) as cost_of_clicks
    from spend
    group by {{ each_dimension('spend_date', dimensions) }}
),

-- An order that no platform is credited with is no result of advertising.
credited_order_days as (
    select
        orders.order_date as date,
        {{ dimension(dimensions) }},
        count(*) as orders,
        sum(orders.net_revenue) as net_revenue
    from orders
    inner join order_platforms
        on orders.order_id = order_platforms.order_id
    group by {{ each_dimension('orders.order_date', dimensions) }}
),

kpis_of_advertising as (
    {{ kpis_of_days('spend_days', [
        ('ad_impressions', 'impressions'),
        ('ad_clicks', 'clicks'),
        ('ad_cost', 'cost'),
        ('ctr', 'clicks_of_impressions', 'impressions_with_clicks'),
        ('cpc', 'cost_of_clicks', 'clicks'),
        ('ad_cvr', '0', 'clicks'),
        ('roas', '0', 'cost'),
        ('mer', '0', 'cost', ['all']),
        ('cac', 'cost', '0', ['all', 'platform']),
    ]) }}
    union all
    {{ kpis_of_days('credited_order_days', [
        ('ad_cvr', 'orders', '0'),
        ('roas', 'net_revenue', '0'),
    ]) }}
)

select * from kpis_of_advertising
