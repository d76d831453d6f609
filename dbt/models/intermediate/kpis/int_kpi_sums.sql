-- One row per KPI, period and dimension value in which something was counted.
with

atoms as (
    select *
    from {{ ref('int_kpi_atoms') }}
),

definitions as (
    select
        kpi_id,
        additive
    from {{ ref('kpi_definitions') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

summed_days as (
    select
        atoms.kpi_id,
        period_days.period,
        period_days.period_start,
        atoms.dimension,
        atoms.dimension_value,
        sum(atoms.numerator) as numerator,
        sum(atoms.denominator) as denominator,
        sum(atoms.sum_of_squares) as sum_of_squares
    from atoms
    inner join definitions
        on atoms.kpi_id = definitions.kpi_id
    inner join period_days
        on atoms.period_start = period_days.date
    where definitions.additive
    group by all
),

periods_as_given as (
    select atoms.*
    from atoms
    inner join definitions
        on atoms.kpi_id = definitions.kpi_id
    where not definitions.additive
),

int_kpi_sums as (
    select *
    from summed_days
    where numerator != 0 or denominator != 0
    union all
    select *
    from periods_as_given
    where numerator != 0 or denominator != 0
)

select * from int_kpi_sums
