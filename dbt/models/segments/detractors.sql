-- One row per person and interval: from a detractor's answer until a better one or too long ago.
with

answers as (
    select
        response_id,
        customer_id,
        score,
        responded_at,
        cast(responded_at as date) as answer_date
    from {{ ref('survey_responses') }}
    where survey = 'nps' and score is not null and customer_id is not null
),

followed as (
    select
        *,
        lead(answer_date) over (
            partition by customer_id order by responded_at, response_id
        ) as next_answer_date
    from answers
),

intervals as (
    select
        customer_id,
        answer_date as valid_from,
        least(answer_date + {{ var('detractor_days') }}, next_answer_date) as valid_to
    from followed
    where score <= 6 and (next_answer_date is null or answer_date < next_answer_date)
),

detractors as (
    {{ maximal_intervals('intervals') }}
)

select * from detractors
