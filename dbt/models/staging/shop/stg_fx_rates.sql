-- One row per day and currency in force.
with

{{ rows_in_force('fx_rates', business_day='rate_date') }},

stg_fx_rates as (
    select
        rate_date,
        currency,
        rate
    from in_force
)

select * from stg_fx_rates
