-- One row per currency and day that has or had an exchange rate, with the rate as digest.
{{ digests_by_key('currency_day') }}
with

exchange_rates as (
    select
        currency,
        rate_date,
        rate
    from {{ ref('int_exchange_rates') }}
),

int_exchange_rate_changes as (
    select
        currency || ' ' || cast(rate_date as {{ dbt.type_string() }}) as currency_day,
        cast(rate as {{ dbt.type_string() }}) as digest,
        {{ change_number() }} as change_number
    from exchange_rates
)

select * from int_exchange_rate_changes
