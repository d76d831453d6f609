-- One row per currency and day to as_of on which an exchange rate holds: that of the latest rate day.
with

delivered_rates as (
    select
        rate_date,
        currency,
        rate
    from {{ ref('stg_fx_rates') }}
),

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

-- 'usd' and 'USD' are two keys of the feed but one currency.
rates as (
    select
        upper(trim(currency)) as currency,
        rate_date,
        rate
    from delivered_rates
    qualify row_number() over (
        partition by upper(trim(currency)), rate_date
        order by currency
    ) = 1
),

intervals as (
    select
        rates.currency,
        rates.rate,
        rates.rate_date as first_date,
        coalesce(
            lead(rates.rate_date) over (partition by rates.currency order by rates.rate_date) - 1,
            as_of.as_of
        ) as last_date
    from rates
    cross join as_of
),

-- Day by day, so that amounts find their rate by equality, however many rates there are.
int_exchange_rates as (
    select
        currency,
        rate,
        {{ rows_of(days_from_to('first_date', 'last_date')) }} as rate_date
    from intervals
)

select * from int_exchange_rates
