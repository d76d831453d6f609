-- One row per KPI, period and dimension value.
with

definitions as (
    select
        kpi_id,
        kind,
        better
    from {{ ref('kpi_definitions') }}
),

rows_of_kpis as (
    select *
    from {{ ref('int_kpi_rows') }}
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

targets as (
    select
        kpi_id,
        period,
        period_start,
        target
    from {{ ref('stg_kpi_targets') }}
),

measured as (
    select
        rows_of_kpis.*,
        definitions.kind,
        definitions.better,
        periods.is_partial,
        targets.target,
        case
            when definitions.kind in ('rate', 'mean', 'ratio')
                then rows_of_kpis.numerator / nullif(rows_of_kpis.denominator, 0)
            else rows_of_kpis.numerator
        end as value
    from rows_of_kpis
    inner join definitions using (kpi_id)
    inner join periods using (period, period_start)
    left join targets
        on
            rows_of_kpis.kpi_id = targets.kpi_id
            and rows_of_kpis.period = targets.period
            and rows_of_kpis.period_start = targets.period_start
            and rows_of_kpis.dimension = 'all'
),

kpis as (
    select
        kpi_id,
        period,
        period_start,
        dimension,
        dimension_value,
        numerator,
        case when kind in ('rate', 'mean', 'ratio') then denominator end as denominator,
        value,
        {{ confidence_limit('lower') }} as lower_95,
        {{ confidence_limit('upper') }} as upper_95,
        case
            when kind in ('rate', 'mean', 'median', 'partial_sum') then cast(denominator as bigint)
        end as n,
        is_partial,
        cast(target as double) as target,
        -- 1 and more is reached, whichever way is better.
        case better
            when 'up' then value / nullif(cast(target as double), 0)
            when 'down' then cast(target as double) / nullif(value, 0)
        end as attainment
    from measured
)

select * from kpis
