-- One row per statement of a person about a channel: consent given or withdrawn.
with

consents as (
    select
        consent_id,
        customer_id,
        channel,
        is_granted,
        occurred_at
    from {{ ref('int_consents') }}
),

email_events as (
    select
        event_id,
        customer_id,
        channel,
        occurred_at
    from {{ ref('email_events') }}
    where event in ('unsubscribed', 'complained')
),

customers as (
    select
        *,
        coalesce(updated_at, created_at) as stated_at
    from {{ ref('stg_customers') }}
),

-- The boxes ticked in the customer record, one after the other; an empty one says nothing.
boxes as (
    select shop_customer_id, 'email' as channel, accepts_email as is_granted, stated_at
    from customers
    union all
    select shop_customer_id, 'sms', accepts_sms, stated_at
    from customers
    union all
    select shop_customer_id, 'ads', accepts_ads, stated_at
    from customers
),

registrations as (
    select
        customers.shop_customer_id,
        {{ person_of(['shop_customer_id', 'email', 'phone', 'line_user_id']) }} as customer_id
    from customers
    {{ person_joins('customers', ['shop_customer_id', 'email', 'phone', 'line_user_id']) }}
),

statements as (
    select
        customer_id,
        channel,
        'consents:' || consent_id as evidence,
        is_granted,
        occurred_at as stated_at
    from consents
    union all
    select customer_id, channel, 'email_events:' || event_id, false, occurred_at
    from email_events
    union all
    select customer_id, channel, 'customers:' || shop_customer_id, is_granted, stated_at
    from boxes
    inner join registrations using (shop_customer_id)
),

int_consent_statements as (
    select *
    from statements
    where customer_id is not null and is_granted is not null
)

select * from int_consent_statements
