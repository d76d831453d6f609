-- One row per month, survey and reason with a known respondent: who they are now.
with

answers as (
    select distinct
        month,
        survey,
        reason,
        customer_id
    from {{ ref('int_survey_answers') }}
    where customer_id is not null
),

customers as (
    select
        customer_id,
        stage,
        net_revenue,
        nps_latest
    from {{ ref('customers') }}
),

int_survey_respondents as (
    select
        answers.month,
        answers.survey,
        answers.reason,
        count(*) as respondents,
        count(*) filter (where customers.stage = 'churned') as churned_respondents,
        cast(sum(customers.net_revenue) as decimal(38, 4)) as net_revenue,
        cast(
            count(*) filter (where customers.nps_latest >= 9)
            - count(*) filter (where customers.nps_latest <= 6) as double
        ) * 100 / nullif(count(customers.nps_latest), 0) as nps
    from answers
    inner join customers on answers.customer_id = customers.customer_id
    group by answers.month, answers.survey, answers.reason
)

select * from int_survey_respondents
