-- One row per KPI and period: what everybody with a valid order will probably bring; no past period has it.
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

periods_that_end_now as (
    select
        periods.period,
        periods.period_start,
        {{ no_dimension() }},
        predicted.*
    from periods
    inner join as_of
        on periods.period_end = as_of.as_of
    cross join predicted
    where predicted.customers > 0
),

kpis_of_predictions as (
    {{ kpis_of_periods('periods_that_end_now', [
        ('clv_365d', 'clv_365d', 'customers', 'squared_clv_365d'),
    ]) }}
)

select * from kpis_of_predictions
