-- Each dimension of an additive KPI splits everything: its numerators and denominators add up to
-- those of `all`. Cohorts are exempt, as orders without a person are in none.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

kpis as (
    select kpis.*
    from {{ ref('kpis') }} as kpis
    inner join {{ ref('kpi_definitions') }} as kpi_definitions
        on kpis.kpi_id = kpi_definitions.kpi_id
    where
        kpi_definitions.additive
        and kpi_definitions.dimension = 'all'
        and kpis.dimension != 'cohort'
),

sums_of_values as (
    select
        kpi_id,
        period,
        period_start,
        dimension,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from kpis
    where dimension != 'all'
    group by all
)

select
    sums_of_values.*,
    kpis.numerator as numerator_of_all,
    kpis.denominator as denominator_of_all
from sums_of_values
inner join kpis
    using (kpi_id, period, period_start)
where
    kpis.dimension = 'all'
    and (
        abs(sums_of_values.numerator - kpis.numerator) > 0.001
        or abs(coalesce(sums_of_values.denominator, 0) - coalesce(kpis.denominator, 0)) > 0.001
    )
