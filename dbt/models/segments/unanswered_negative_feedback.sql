-- One row per person and interval: from the day a bad word was due for a reply, until it has one.
with

reviews as (
    select
        customer_id,
        created_at as said_at,
        replied_at
    from {{ ref('reviews') }}
    where rating <= 2 and customer_id is not null
),

mentions as (
    select
        customer_id,
        occurred_at as said_at,
        replied_at
    from {{ ref('social_mentions') }}
    where sentiment = 'negative' and customer_id is not null
),

feedback as (
    select * from reviews
    union all
    select * from mentions
),

-- From the first day at whose end the hours have passed: at midnight sharp, that is the day before.
due as (
    select
        customer_id,
        cast(
            said_at + interval {{ var('review_reply_hours') }} hour - interval 1 microsecond
            as date
        ) as valid_from,
        cast(replied_at as date) as reply_date
    from feedback
),

intervals as (
    select
        customer_id,
        valid_from,
        least(valid_from + {{ var('feedback_days') }}, reply_date) as valid_to
    from due
    where reply_date is null or valid_from < reply_date
),

unanswered_negative_feedback as (
    {{ maximal_intervals('intervals') }}
)

select * from unanswered_negative_feedback
