-- One row per day, platform and campaign of advertising, with the exchange rate of its day.
with

spend as (
    select
        *,
        coalesce(currency, '{{ var("currency") }}') as spend_currency
    from {{ ref('stg_marketing_spend') }}
),

exchange_rates as (
    select
        currency,
        rate_date,
        rate
    from {{ ref('int_exchange_rates') }}
),

int_spend_converted as (
    select
        spend.spend_date,
        spend.platform,
        spend.campaign_id,
        spend.campaign_name,
        spend.medium,
        spend.spend_currency as currency,
        {{ exchange_rate('spend.spend_currency') }} as exchange_rate,
        spend.impressions,
        spend.clicks,
        spend.conversions,
        spend.cost as delivered_cost
    from spend
    left join exchange_rates
        on spend.spend_currency = exchange_rates.currency
        and spend.spend_date = exchange_rates.rate_date
)

select * from int_spend_converted
