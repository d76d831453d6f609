-- Reasons hold every answer once, and their NPS scores are those of the KPI.
{{ config(meta={'dagster': {'ref': {'name': 'voice_of_customer'}}}) }}

with

voices as (
    select
        coalesce(sum(responses), 0) as responses,
        coalesce(sum(nps_answers), 0) as nps_answers,
        coalesce(sum(nps * nps_answers), 0) as nps_points
    from {{ ref('voice_of_customer') }}
),

answers as (
    select count(*) as responses
    from {{ ref('survey_responses') }}
),

kpi as (
    select
        coalesce(sum(denominator), 0) as nps_answers,
        coalesce(sum(numerator), 0) as nps_points
    from {{ ref('kpis_of_surveys') }}
    where kpi_id = 'nps' and period = 'month' and dimension = 'all'
)

select voices.*
from voices
cross join answers
cross join kpi
where
    voices.responses != answers.responses
    or voices.nps_answers != kpi.nps_answers
    or abs(voices.nps_points - kpi.nps_points) > 1e-6
