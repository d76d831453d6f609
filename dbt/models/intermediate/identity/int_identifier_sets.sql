-- One row per feed and set of identifiers that its rows carry together.
-- A referral names two persons, so its referrer is a set of its own.
-- An order_id links nobody: it is no identifier.
with

persons as (
    {%- for feed, key, event_time in [
        ('orders', 'order_id', 'ordered_at'),
        ('sessions', 'session_id', 'started_at'),
        ('carts', 'cart_id', 'created_at'),
        ('email_events', 'event_id', 'occurred_at'),
        ('surveys', 'response_id', 'responded_at'),
        ('loyalty_points', 'entry_id', 'occurred_at'),
        ('customers', 'shop_customer_id', 'known_at'),
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
    select * from persons
    union all select * from referees
    union all select * from referrers
)

select * from int_identifier_sets
