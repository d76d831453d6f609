-- One row per KPI, period and dimension value: what answers say; of the NPS everybody's latest one in the period.
with

answers as (
    select
        responses.response_id,
        responses.customer_id,
        responses.survey,
        coalesce(stage_at_start_of_day.stage, '(none)') as stage,
        responses.score,
        case when responses.score >= 9 then 100 when responses.score <= 6 then -100 else 0 end as points,
        responses.responded_at,
        cast(responses.responded_at as date) as answer_date
    from {{ ref('survey_responses') }} as responses
    {{ join_stage_at_start_of_day('responses.customer_id', 'cast(responses.responded_at as date)') }}
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

answer_days as (
    select
        answer_date as date,
        {{ dimension(['survey']) }},
        count(*) as answers,
        count(customer_id) as answers_with_person,
        count(*) filter (where survey = 'csat' and score is not null) as csat_answers,
        count(*) filter (where survey = 'csat' and score >= 4) as csat_satisfied
    from answers
    group by {{ each_dimension('answer_date', ['survey']) }}
),

latest_answers as (
    select
        period_days.period,
        period_days.period_start,
        answers.stage,
        answers.points
    from answers
    inner join period_days
        on answers.answer_date = period_days.date
    where answers.survey = 'nps' and answers.score between 0 and 10
    qualify row_number() over (
        partition by
            period_days.period,
            period_days.period_start,
            coalesce(answers.customer_id, 'response:' || answers.response_id)
        order by answers.responded_at desc, answers.response_id desc
    ) = 1
),

nps_periods as (
    select
        period,
        period_start,
        {{ dimension(['stage']) }},
        sum(points) as points,
        count(*) as answers,
        sum(points * points) as squared_points
    from latest_answers
    group by {{ each_dimension('period, period_start', ['stage']) }}
),

kpis_of_surveys as (
    {{ kpis_of_days('answer_days', [
        ('csat', 'csat_satisfied', 'csat_answers', ['all']),
        ('survey_match_rate', 'answers_with_person', 'answers'),
    ]) }}
    union all
    {{ kpis_of_periods('nps_periods', [
        ('nps', 'points', 'answers', 'squared_points'),
    ]) }}
)

select * from kpis_of_surveys
