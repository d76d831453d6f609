-- One row per feed and set of identifiers that its rows carry together.
-- A referral names two persons, so its referrer is a set of its own.
-- An order_id links nobody: it is no identifier.
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

read_anew as (
    {%- for feed, key, event_time in [
        ('customers', 'shop_customer_id', 'created_at'),
        ('leads', 'lead_id', 'created_at'),
        ('support_tickets', 'ticket_id', 'opened_at'),
        ('reviews', 'review_id', 'created_at'),
        ('consents', 'consent_id', 'occurred_at'),
        ('social_mentions', 'mention_id', 'occurred_at'),
    ] %}
    {{ identifier_sets(feed, key, event_time, identifiers_of(feed)) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
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
    union all select * from read_anew
    union all select * from referees
    union all select * from referrers
)

select * from int_identifier_sets
