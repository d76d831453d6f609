-- One row per period: net revenue to its end of everybody with a valid order by then.
with

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

lifetime_value_days as (
    select *
    from {{ ref('int_lifetime_value_days') }}
),

kpi_clv_historic as (
    select
        periods.period,
        periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        lifetime_value_days.net_revenue as numerator,
        lifetime_value_days.customers as denominator,
        lifetime_value_days.squared_net_revenue as sum_of_squares
    from periods
    inner join lifetime_value_days
        on periods.period_end = lifetime_value_days.date
)

select * from kpi_clv_historic
