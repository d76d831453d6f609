-- One row per period and stage: persons in the stage at the period's end.
with

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

lifecycle_daily as (
    select
        date,
        stage,
        customers
    from {{ ref('lifecycle_daily') }}
),

kpi_stage_size as (
    select
        periods.period,
        periods.period_start,
        'stage' as dimension,
        lifecycle_daily.stage as dimension_value,
        lifecycle_daily.customers as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from periods
    inner join lifecycle_daily
        on periods.period_end = lifecycle_daily.date
)

select * from kpi_stage_size
