-- One row per feed and delivery of rows in force that can have a person: how many have one.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

{% set facts_of_feeds = {
    'carts': ref('carts'),
    'consents': ref('int_consents'),
    'customers': ref('int_registrations'),
    'email_events': ref('email_events'),
    'leads': ref('leads'),
    'loyalty_points': ref('int_loyalty_points'),
    'order_items': ref('order_items'),
    'orders': ref('orders'),
    'referrals': ref('referrals'),
    'refunds': ref('int_refunds'),
    'reviews': ref('reviews'),
    'sessions': ref('sessions'),
    'shipments': ref('shipments'),
    'social_mentions': ref('social_mentions'),
    'support_tickets': ref('support_tickets'),
    'surveys': ref('survey_responses'),
    'warranties': ref('warranties'),
} -%}
int_delivery_matches as (
    {%- for feed, facts in facts_of_feeds.items() %}
    {{- delivery_matches(feed, facts) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from int_delivery_matches
