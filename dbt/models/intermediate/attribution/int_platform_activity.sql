-- One row per day, platform and campaign with a session or an order that the platform is credited with.
with

sessions as (
    select
        session_date as date,
        platform,
        campaign as campaign_id
    from {{ ref('int_session_traits') }}
    where platform != '(none)'
),

orders as (
    select
        order_id,
        net_revenue,
        order_date as date
    from {{ ref('orders') }}
    where is_valid
),

order_platforms as (
    select
        order_id,
        platform,
        campaign as campaign_id
    from {{ ref('int_order_platforms') }}
),

activity as (
    select
        date,
        platform,
        campaign_id,
        1 as sessions,
        0 as orders,
        0 as net_revenue
    from sessions
    union all
    select
        orders.date,
        order_platforms.platform,
        order_platforms.campaign_id,
        0 as sessions,
        1 as orders,
        orders.net_revenue
    from orders
    inner join order_platforms on orders.order_id = order_platforms.order_id
),

int_platform_activity as (
    select
        date,
        platform,
        campaign_id,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(orders) as bigint) as orders,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue
    from activity
    group by date, platform, campaign_id
)

select * from int_platform_activity
