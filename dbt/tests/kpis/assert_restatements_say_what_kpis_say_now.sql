-- What is now is what `kpis` says, of periods that are over when it was reported first.
{{ config(meta={'dagster': {'ref': {'name': 'restatements'}}}) }}

select restatements.*
from {{ ref('restatements') }} as restatements
left join {{ ref('kpis') }} as kpis
    on
        restatements.kpi_id = kpis.kpi_id
        and restatements.period = kpis.period
        and restatements.period_start = kpis.period_start
        and kpis.dimension = 'all'
where
    restatements.as_now is distinct from kpis.value
    or restatements.first_reported_as_of < restatements.period_start
