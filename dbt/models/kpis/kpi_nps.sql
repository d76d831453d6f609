-- One row per period and dimension value: 100 for each promoter and −100 for each detractor, by
-- everybody's latest answer.
with

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

-- The stage is the one in which the day found the person, as the answer itself can change it.
answers as (
    select
        responses.response_id,
        coalesce(responses.customer_id, 'response:' || responses.response_id) as respondent,
        coalesce(stages.stage, '(none)') as stage,
        case when responses.score >= 9 then 100 when responses.score <= 6 then -100 else 0 end as points,
        responses.responded_at
    from {{ ref('survey_responses') }} as responses
    left join stages
        on
            responses.customer_id = stages.customer_id
            and cast(responses.responded_at as date) > stages.valid_from
            and (cast(responses.responded_at as date) <= stages.valid_to or stages.valid_to is null)
    where responses.survey = 'nps' and responses.score between 0 and 10
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

latest_answers as (
    select
        period_days.period,
        period_days.period_start,
        answers.stage,
        answers.points
    from answers
    inner join period_days
        on cast(answers.responded_at as date) = period_days.date
    qualify row_number() over (
        partition by period_days.period, period_days.period_start, answers.respondent
        order by answers.responded_at desc, answers.response_id desc
    ) = 1
),

kpi_nps as (
    select
        period,
        period_start,
        {{ dimension(['stage']) }},
        sum(points) as numerator,
        count(*) as denominator,
        sum(points * points) as sum_of_squares
    from latest_answers
    group by {{ each_dimension('period, period_start', ['stage']) }}
)

select * from kpi_nps
