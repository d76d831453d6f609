-- First intervals always have evidence, lapses never.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_stages'}}}) }}

select lifecycle_stages.*
from {{ ref('lifecycle_stages') }} as lifecycle_stages
inner join {{ ref('stages') }} as stages
    on lifecycle_stages.stage = stages.stage
where
    (lifecycle_stages.previous_stage is null and lifecycle_stages.evidence is null)
    or (stages.is_lapsed and lifecycle_stages.evidence is not null)
