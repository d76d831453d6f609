-- One row per KPI and period whose value differs from the one first reported.
with

reported as (
    select
        report,
        reported_as_of,
        kpi_id,
        period,
        period_start,
        value as as_first_reported
    from {{ source('reported', 'kpis') }}
),

definitions as (
    select
        kpi_id,
        additive,
        counted_from
    from {{ ref('kpi_definitions') }}
    where counted_from is not null
),

periods as (
    select
        period,
        period_start,
        period_end
    from {{ ref('int_kpi_periods') }}
),

found as (
    select
        kpi_id,
        period,
        period_start,
        value as as_now
    from {{ ref('kpis') }}
    where dimension = 'all'
),

-- Sums of floating-point numbers may differ in their last digits.
int_restated_kpis as (
    select
        reported.*,
        definitions.counted_from,
        definitions.additive,
        periods.period_end,
        found.as_now
    from reported
    inner join definitions using (kpi_id)
    inner join periods using (period, period_start)
    left join found using (kpi_id, period, period_start)
    where
        (found.as_now is null) <> (reported.as_first_reported is null)
        or abs(found.as_now - reported.as_first_reported)
        > 1e-9 * greatest(abs(found.as_now), abs(reported.as_first_reported))
)

select * from int_restated_kpis
