-- One row per feed and delivery with amounts that count as 0 for want of an exchange rate.
with

orders as (
    select order_id
    from {{ ref('int_orders_placed') }}
    where exchange_rate is null
),

spend as (
    select
        spend_date,
        platform,
        campaign_id
    from {{ ref('int_spend_converted') }}
    where exchange_rate is null
),

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

latest as (
    select
        'orders' as feed,
        max(lake.delivery) as delivery
    from {{ source('shop', 'orders') }} as lake
    semi join orders using (order_id)
    where lake.delivery <= (select as_of from as_of)
    group by lake.order_id
    union all
    select
        'marketing_spend' as feed,
        max(lake.delivery) as delivery
    from {{ source('shop', 'marketing_spend') }} as lake
    semi join spend using (spend_date, platform, campaign_id)
    where lake.delivery <= (select as_of from as_of)
    group by lake.spend_date, lake.platform, lake.campaign_id
),

int_delivery_missing_rates as (
    select
        feed,
        delivery,
        count(*) as missing_rates
    from latest
    group by feed, delivery
)

select * from int_delivery_missing_rates
