-- One row per person: scores, opinion, loyalty status, preferences and consents at as_of.
with

persons as (
    select customer_id from {{ ref('int_persons') }}
),

rfm_scores as (
    select * from {{ ref('int_rfm_scores') }}
),

recommendations as (
    select
        customer_id,
        score
    from {{ ref('survey_responses') }}
    where survey = 'nps' and score is not null and customer_id is not null
    qualify row_number() over (
        partition by customer_id order by responded_at desc, response_id desc
    ) = 1
),

loyalty_status as (
    select * from {{ ref('int_loyalty_status') }}
),

preferences as (
    select * from {{ ref('int_customer_preferences') }}
),

memberships as (
    select
        customer_id,
        bool_or(is_member) as is_member
    from {{ ref('int_registrations') }}
    group by customer_id
),

consents as (
    select
        customer_id,
        bool_or(channel = 'email' and is_granted) as accepts_email,
        bool_or(channel = 'sms' and is_granted) as accepts_sms,
        bool_or(channel = 'line' and is_granted) as accepts_line,
        bool_or(channel = 'push' and is_granted) as accepts_push,
        bool_or(channel = 'ads' and is_granted) as accepts_ads
    from {{ ref('int_consent_status') }}
    group by customer_id
),

int_customer_traits as (
    select
        persons.customer_id,
        rfm_scores.rfm_segment,
        loyalty_status.tier,
        preferences.favourite_category,
        preferences.favourite_brand,
        rfm_scores.recency_days,
        rfm_scores.rfm_recency,
        rfm_scores.rfm_frequency,
        rfm_scores.rfm_monetary,
        recommendations.score as nps_latest,
        loyalty_status.points_balance,
        loyalty_status.points_to_next_tier,
        coalesce(memberships.is_member, false) as is_member,
        coalesce(consents.accepts_email, false) as accepts_email,
        coalesce(consents.accepts_sms, false) as accepts_sms,
        coalesce(consents.accepts_line, false) as accepts_line,
        coalesce(consents.accepts_push, false) as accepts_push,
        coalesce(consents.accepts_ads, false) as accepts_ads
    from persons
    left join rfm_scores using (customer_id)
    left join recommendations using (customer_id)
    left join loyalty_status using (customer_id)
    left join preferences using (customer_id)
    left join memberships using (customer_id)
    left join consents using (customer_id)
)

select * from int_customer_traits
