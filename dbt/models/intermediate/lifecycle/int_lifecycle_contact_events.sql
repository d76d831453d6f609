-- One row per contact a person had with the shop: a registration, a lead, a ticket, a message
-- opened or clicked.
{{ config(materialized='view') }}

with

registrations as (
    select shop_customer_id, customer_id, created_at
    from {{ ref('int_registrations') }}
    where created_at is not null
),

leads as (
    select lead_id, customer_id, created_at, kind
    from {{ ref('leads') }}
),

support_tickets as (
    select ticket_id, customer_id, opened_at
    from {{ ref('support_tickets') }}
),

email_events as (
    select event_id, customer_id, occurred_at, event
    from {{ ref('email_events') }}
    where event in ('opened', 'clicked')
),

int_lifecycle_contact_events as (
    select
        customer_id,
        'customers' as feed,
        shop_customer_id as event_key,
        created_at as occurred_at,
        false as is_interest,
        false as is_decision
    from registrations

    union all

    select customer_id, 'leads', lead_id, created_at, true, coalesce(kind = 'trial', false)
    from leads

    union all

    select customer_id, 'support_tickets', ticket_id, opened_at, false, false
    from support_tickets

    union all

    select customer_id, 'email_events', event_id, occurred_at, event = 'clicked', false
    from email_events
)

select * from int_lifecycle_contact_events
