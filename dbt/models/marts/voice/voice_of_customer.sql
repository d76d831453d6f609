-- One row per month, survey and reason that somebody gave.
with

answers as (
    select
        month,
        survey,
        reason,
        count(*) as responses,
        count(nps_points) as nps_answers,
        cast(sum(nps_points) as double) / nullif(count(nps_points), 0) as nps
    from {{ ref('int_survey_answers') }}
    group by month, survey, reason
),

respondents as (
    select *
    from {{ ref('int_survey_respondents') }}
),

voice_of_customer as (
    select
        month,
        survey,
        reason,
        answers.responses,
        cast(answers.responses as double) / sum(answers.responses) over (partition by month, survey)
            as share,
        answers.nps_answers,
        answers.nps,
        coalesce(respondents.respondents, 0) as respondents,
        respondents.nps as nps_of_respondents,
        cast(coalesce(respondents.net_revenue, 0) as decimal(38, 4)) as net_revenue_of_respondents
    from answers
    left join respondents using (month, survey, reason)
)

select * from voice_of_customer
