-- One row per feed and set of identifiers that its rows carry together.
-- A referral names two persons, so its referrer is a set of its own.
-- An order_id links nobody: it is no identifier.
{%- set by_mail = ['shop_customer_id', 'email'] %}
{{ config(materialized='view') }}
with

{% set sets_of_feeds = [
    ref('int_order_sets'),
    ref('int_session_sets'),
    ref('int_cart_sets'),
    ref('int_email_event_sets'),
    ref('int_survey_sets'),
    ref('int_loyalty_point_sets'),
] -%}
kept as (
    {%- for sets in sets_of_feeds %}
    select *
    from {{ sets }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

customers as (
    {{ identifier_sets(
        'customers', 'shop_customer_id', 'created_at', by_mail + ['phone', 'line_user_id']
    ) }}
),

leads as ({{ identifier_sets('leads', 'lead_id', 'created_at', by_mail + ['device_id']) }}),

support_tickets as ({{ identifier_sets('support_tickets', 'ticket_id', 'opened_at', by_mail) }}),

reviews as ({{ identifier_sets('reviews', 'review_id', 'created_at', by_mail) }}),

consents as ({{ identifier_sets('consents', 'consent_id', 'occurred_at', by_mail) }}),

social_mentions as (
    {{ identifier_sets('social_mentions', 'mention_id', 'occurred_at', ['shop_customer_id']) }}
),

referees as (
    {{ identifier_sets(
        'referrals', 'referral_id', 'created_at', ['referee_shop_customer_id', 'referee_email']
    ) }}
),

referrers as (
    {{ identifier_sets(
        'referrals', 'referral_id', 'created_at', ['referrer_shop_customer_id'], role='referrer'
    ) }}
),

int_identifier_sets as (
    select * from kept
    union all select * from customers
    union all select * from leads
    union all select * from support_tickets
    union all select * from reviews
    union all select * from consents
    union all select * from social_mentions
    union all select * from referees
    union all select * from referrers
)

select * from int_identifier_sets
