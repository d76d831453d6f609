-- Over everything, each KPI has a row for each period, none more; a KPI of one dimension has rows
-- of that alone.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

expected as (
    select
        kpi_definitions.kpi_id,
        periods.period,
        periods.period_start
    from {{ ref('kpi_definitions') }} as kpi_definitions
    cross join {{ ref('int_kpi_periods') }} as periods
    where kpi_definitions.dimension = 'all'
),

found as (
    select
        kpi_id,
        period,
        period_start
    from {{ ref('kpis') }}
    where dimension = 'all'
)

select 'missing' as problem, kpi_id, period, period_start
from (select * from expected except select * from found) as missing
union all
select 'no day of the calendar' as problem, kpi_id, period, period_start
from found
anti join {{ ref('calendar') }} as calendar on found.period_start = calendar.date
where found.period = 'day'
union all
select 'unexpected' as problem, kpi_id, period, period_start
from (select * from found except select * from expected) as unexpected
