-- One row per e-mail address of which the last that is known is that a message came back.
with

email_events as (
    select
        email,
        event,
        occurred_at
    from {{ ref('stg_email_events') }}
    where
        email is not null
        and coalesce(channel, 'email') = 'email'
        and event in ('delivered', 'opened', 'clicked', 'bounced')
),

-- At the same moment the bounce counts: some tools report a message as delivered and bounced at once.
int_bounced_addresses as (
    select email
    from email_events
    group by email
    having max(occurred_at) filter (where event = 'bounced') = max(occurred_at)
)

select * from int_bounced_addresses
