-- One row per feed and set of identifiers that its rows carry together.
-- A referral names two persons, so its referrer is a set of its own.
-- An order_id links nobody: it is no identifier.
{%- set by_mail = ['shop_customer_id', 'email'] %}
with

persons as (
    {%- for feed, key, event_time, columns in [
        ('orders', 'order_id', 'ordered_at', by_mail + ['phone', 'device_id']),
        ('sessions', 'session_id', 'started_at', by_mail + ['device_id']),
        ('carts', 'cart_id', 'created_at', by_mail + ['device_id']),
        ('email_events', 'event_id', 'occurred_at', by_mail + ['phone', 'line_user_id']),
        ('surveys', 'response_id', 'responded_at', by_mail),
        ('loyalty_points', 'entry_id', 'occurred_at', by_mail),
        ('customers', 'shop_customer_id', 'known_at', by_mail + ['phone', 'line_user_id']),
        ('leads', 'lead_id', 'created_at', by_mail + ['phone', 'device_id']),
        ('support_tickets', 'ticket_id', 'opened_at', by_mail + ['phone']),
        ('reviews', 'review_id', 'created_at', by_mail),
        ('consents', 'consent_id', 'occurred_at', by_mail + ['phone', 'line_user_id']),
        ('social_mentions', 'mention_id', 'occurred_at', ['shop_customer_id']),
    ] %}
    {{ identifier_sets(feed, key, event_time, columns) }}
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
    select * from persons
    union all select * from referees
    union all select * from referrers
)

select * from int_identifier_sets
