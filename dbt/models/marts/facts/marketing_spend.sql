-- One row per day, platform and campaign of advertising.
with

spend as (
    select *
    from {{ ref('int_spend_converted') }}
),

marketing_spend as (
    select
        spend_date,
        platform,
        campaign_id,
        campaign_name,
        medium,
        currency,
        impressions,
        clicks,
        conversions,
        {{ in_shop_currency('delivered_cost', 'exchange_rate') }} as cost
    from spend
)

select * from marketing_spend
