-- One row per survey answer: its month and reason, and what it adds to the NPS of the month.
with

survey_responses as (
    select
        response_id,
        customer_id,
        survey,
        coalesce(reason_code, '(none)') as reason,
        score,
        survey = 'nps' and score between 0 and 10 as is_nps_score,
        responded_at,
        cast(date_trunc('month', responded_at) as date) as month
    from {{ ref('survey_responses') }}
),

-- Of a person who answers twice in a month the latest score counts; strangers all count.
int_survey_answers as (
    select
        response_id,
        customer_id,
        survey,
        reason,
        case
            when not coalesce(is_nps_score, false) then null
            when
                row_number() over (
                    partition by month, coalesce(customer_id, 'response:' || response_id), is_nps_score
                    order by responded_at desc, response_id desc
                ) > 1 then null
            when score >= 9 then 100
            when score <= 6 then -100
            else 0
        end as nps_points,
        month
    from survey_responses
)

select * from int_survey_answers
