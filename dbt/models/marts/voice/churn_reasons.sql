-- One row per month, survey and reason given for leaving or cancelling.
with

reasons as (
    select *
    from {{ ref('voice_of_customer') }}
    where survey in ('exit_reason', 'cancel_reason')
),

respondents as (
    select
        month,
        survey,
        reason,
        churned_respondents
    from {{ ref('int_survey_respondents') }}
),

churn_reasons as (
    select
        month,
        survey,
        reason,
        reasons.responses,
        reasons.share,
        reasons.nps,
        reasons.respondents,
        coalesce(respondents.churned_respondents, 0) as churned_respondents,
        reasons.nps_of_respondents,
        reasons.net_revenue_of_respondents
    from reasons
    left join respondents using (month, survey, reason)
)

select * from churn_reasons
