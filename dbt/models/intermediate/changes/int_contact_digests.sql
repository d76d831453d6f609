-- One row per person who was or had been in contact, and a digest of the visits, clicks, carts and orders.
{{ digests_by_key('customer_id') }}
with

paid_campaigns as (
    select distinct campaign_id
    from {{ ref('marketing_spend') }}
),

sessions as (
    select
        sessions.customer_id,
        {{ checksum([
            'session_id', 'sessions.campaign_id', 'source', 'medium', 'started_at', 'duration_s',
            'product_views > 0', 'add_to_carts > 0', 'checkouts > 0',
            'paid_campaigns.campaign_id is not null'
        ]) }} as contacts
    from {{ ref('sessions') }} as sessions
    left join paid_campaigns on sessions.campaign_id = paid_campaigns.campaign_id
    where sessions.customer_id is not null
    group by sessions.customer_id
),

messages as (
    select
        customer_id,
        {{ checksum(['event_id', 'event', 'campaign_id', 'channel', 'occurred_at']) }} as contacts
    from {{ ref('email_events') }}
    where customer_id is not null and event in ('opened', 'clicked')
    group by customer_id
),

carts as (
    select
        customer_id,
        {{ checksum(['created_at']) }} as contacts
    from {{ ref('carts') }}
    where customer_id is not null
    group by customer_id
),

orders as (
    select
        placed.customer_id,
        {{ checksum([
            'placed.order_id', 'placed.ordered_at', 'placed.is_test', 'placed.coupon_code',
            'validated.is_valid'
        ]) }} as contacts
    from {{ ref('int_orders_placed') }} as placed
    inner join {{ ref('int_orders_validated') }} as validated on placed.order_id = validated.order_id
    where placed.customer_id is not null
    group by placed.customer_id
),

contacts as (
    select 'session' as kind, * from sessions
    union all
    select 'message' as kind, * from messages
    union all
    select 'cart' as kind, * from carts
    union all
    select 'order' as kind, * from orders
),

int_contact_digests as (
    select
        customer_id,
        {{ checksum(['kind', 'contacts']) }} as digest,
        {{ change_number() }} as change_number
    from contacts
    group by customer_id
)

select * from int_contact_digests
