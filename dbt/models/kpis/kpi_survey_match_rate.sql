-- One row per day and dimension value: answers whose person is known.
with

answers as (
    select
        survey,
        customer_id,
        cast(responded_at as date) as answer_date
    from {{ ref('survey_responses') }}
),

kpi_survey_match_rate as (
    select
        'day' as period,
        answer_date as period_start,
        {{ dimension(['survey']) }},
        count(customer_id) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from answers
    group by {{ each_dimension('answer_date', ['survey']) }}
)

select * from kpi_survey_match_rate
