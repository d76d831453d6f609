-- One row per currency and day whose amounts count as 0, because no exchange rate is known.
with

orders as (
    select
        currency,
        order_date as rate_date
    from {{ ref('int_orders_placed') }}
    where exchange_rate is null
),

spend as (
    select
        currency,
        spend_date as rate_date
    from {{ ref('int_spend_converted') }}
    where exchange_rate is null
),

amounts as (
    select * from orders
    union all
    select * from spend
),

int_missing_exchange_rates as (
    select
        currency,
        rate_date,
        count(*) as affected_rows
    from amounts
    group by currency, rate_date
)

select * from int_missing_exchange_rates
