-- One row per period that as_of lies in: predicted net revenue of the next 365 days of everybody with a valid order.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

predicted as (
    select
        sum(clv_365d) as clv_365d,
        count(clv_365d) as customers,
        sum({{ square('clv_365d') }}) as squared_clv_365d
    from {{ ref('int_predictions') }}
),

kpi_clv_365d as (
    select
        periods.period,
        periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        predicted.clv_365d as numerator,
        predicted.customers as denominator,
        predicted.squared_clv_365d as sum_of_squares
    from periods
    inner join as_of
        on periods.period_end = as_of.as_of
    cross join predicted
    where predicted.customers > 0
)

select * from kpi_clv_365d
