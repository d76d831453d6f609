-- Every answer to the surveys on leaving is a reason.
{{ config(meta={'dagster': {'ref': {'name': 'churn_reasons'}}}) }}

with

reasons as (
    select coalesce(sum(responses), 0) as responses
    from {{ ref('churn_reasons') }}
),

answers as (
    select count(*) as responses
    from {{ ref('survey_responses') }}
    where survey in ('exit_reason', 'cancel_reason')
)

select reasons.responses
from reasons
cross join answers
where reasons.responses != answers.responses
