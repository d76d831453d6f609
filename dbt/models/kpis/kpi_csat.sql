-- One row per day: answers of 4 and 5, of those with a score.
with

answers as (
    select
        score,
        cast(responded_at as date) as answer_date
    from {{ ref('survey_responses') }}
    where survey = 'csat' and score is not null
),

kpi_csat as (
    select
        'day' as period,
        answer_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(*) filter (where score >= 4) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from answers
    group by answer_date
)

select * from kpi_csat
