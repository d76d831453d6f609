-- One row per thing a person said of the shop: a survey answer, a review, a referral made, a social
-- mention.
{{ config(materialized='view') }}

with

survey_responses as (
    select
        response_id,
        customer_id,
        responded_at,
        case when survey = 'nps' then score end as nps_score
    from {{ ref('survey_responses') }}
),

reviews as (
    select review_id, customer_id, created_at, rating
    from {{ ref('reviews') }}
),

referrals as (
    select referral_id, customer_id, created_at
    from {{ ref('referrals') }}
),

social_mentions as (
    select mention_id, customer_id, occurred_at, sentiment
    from {{ ref('social_mentions') }}
),

int_lifecycle_voice_events as (
    select
        customer_id,
        'surveys' as feed,
        response_id as event_key,
        responded_at as occurred_at,
        coalesce(nps_score >= 9, false) as is_advocacy,
        nps_score
    from survey_responses

    union all

    select customer_id, 'reviews', review_id, created_at, coalesce(rating >= 4, false), null
    from reviews

    union all

    select customer_id, 'referrals', referral_id, created_at, true, null
    from referrals

    union all

    select
        customer_id,
        'social_mentions',
        mention_id,
        occurred_at,
        coalesce(sentiment = 'positive', false),
        null
    from social_mentions
)

select * from int_lifecycle_voice_events
