-- One row per day from the shop's first business day to as_of.
with

days as (
    select date
    from {{ ref('int_kpi_period_days') }}
    where period = 'day'
),

calendar as (
    select
        date,
        cast(date_trunc('week', date) as date) as week,
        cast(date_trunc('month', date) as date) as month
    from days
)

select * from calendar
