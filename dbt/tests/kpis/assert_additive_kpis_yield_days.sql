-- The models of additive KPIs yield days alone, since what they yield is summed to weeks and
-- months.
{{ config(meta={'dagster': {'ref': {'name': 'int_kpi_atoms'}}}) }}

select
    atoms.kpi_id,
    atoms.period
from {{ ref('int_kpi_atoms') }} as atoms
inner join {{ ref('kpi_definitions') }} as kpi_definitions
    on atoms.kpi_id = kpi_definitions.kpi_id
where kpi_definitions.additive and atoms.period != 'day'
group by atoms.kpi_id, atoms.period
