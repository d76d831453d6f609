-- One row per period and dimension value: 100 for each promoter and −100 for each detractor, by
-- everybody's latest answer.
with

answers as (
    select
        response_id,
        coalesce(customer_id, 'response:' || response_id) as respondent,
        case when score >= 9 then 100 when score <= 6 then -100 else 0 end as points,
        responded_at
    from {{ ref('survey_responses') }}
    where survey = 'nps' and score between 0 and 10
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

latest_answers as (
    select
        period_days.period,
        period_days.period_start,
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
        'all' as dimension,
        'all' as dimension_value,
        sum(points) as numerator,
        count(*) as denominator,
        sum(points * points) as sum_of_squares
    from latest_answers
    group by period, period_start
)

select * from kpi_nps
