-- One row per KPI, period and dimension value that is reported; over everything also where
-- nothing happened.
with

sums as (
    select
        kpi_id,
        period,
        period_start,
        dimension,
        dimension_value,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(sum_of_squares as double) as sum_of_squares
    from {{ ref('int_kpi_sums') }}
),

definitions as (
    select
        kpi_id,
        kind
    from {{ ref('kpi_definitions') }}
    where dimension = 'all'
),

periods as (
    select
        period,
        period_start
    from {{ ref('int_kpi_periods') }}
),

-- Nothing is a sum of 0 and a rate of no cases, but no median.
empty_rows as (
    select
        definitions.kpi_id,
        periods.period,
        periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        cast(case when definitions.kind not in ('median', 'number') then 0 end as double)
            as numerator,
        cast(0 as double) as denominator,
        cast(0 as double) as sum_of_squares
    from definitions
    cross join periods
    anti join sums
        on
            definitions.kpi_id = sums.kpi_id
            and periods.period = sums.period
            and periods.period_start = sums.period_start
            and sums.dimension = 'all'
),

int_kpi_rows as (
    select *
    from sums
    union all
    select *
    from empty_rows
)

select * from int_kpi_rows
