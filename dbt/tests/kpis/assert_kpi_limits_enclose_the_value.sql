-- Rates with cases and means of several values have an interval, which holds the value; nothing
-- else has one.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

select kpis.*
from {{ ref('kpis') }} as kpis
inner join {{ ref('kpi_definitions') }} as kpi_definitions
    on kpis.kpi_id = kpi_definitions.kpi_id
where
    kpis.value < kpis.lower_95 - 1e-9
    or kpis.value > kpis.upper_95 + 1e-9
    or (kpis.lower_95 is null) != (kpis.upper_95 is null)
    or (kpi_definitions.kind not in ('rate', 'mean') and kpis.lower_95 is not null)
    or (kpi_definitions.kind = 'mean' and kpis.n > 1 and kpis.lower_95 is null)
    or (kpi_definitions.kind = 'rate' and (kpis.lower_95 < 0 or kpis.upper_95 > 1))
    or (kpis.value is not null and kpi_definitions.kind = 'rate' and kpis.n is null)
