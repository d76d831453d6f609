-- One row per person and channel with a statement: the latest one, which holds.
with

channels as (
    select channel
    from (values ('email'), ('sms'), ('line'), ('push'), ('ads')) as channels (channel)
),

-- A refusal of a channel that cannot be read is one of every channel.
consents as (
    select
        statements.consent_id,
        statements.customer_id,
        channels.channel,
        statements.is_granted,
        statements.occurred_at
    from {{ ref('int_consents') }} as statements
    inner join channels on coalesce(statements.channel, channels.channel) = channels.channel
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

registrations as (
    select *
    from {{ ref('int_registrations') }}
),

-- The boxes ticked in the customer record come one after the other; an empty one is no answer.
statements as (
    select customer_id, channel, 'consents:' || consent_id as evidence, is_granted, occurred_at as stated_at
    from consents
    union all
    select customer_id, channel, 'email_events:' || event_id, false, occurred_at
    from email_events
    {%- for channel in ['email', 'sms', 'ads'] %}
    union all
    select customer_id, '{{ channel }}', 'customers:' || shop_customer_id, accepts_{{ channel }}, stated_at
    from registrations
    {%- endfor %}
),

-- Of a yes and a no at the same moment the no holds: without clear consent nobody is written to.
int_consent_status as (
    select
        customer_id,
        channel,
        evidence,
        is_granted,
        stated_at as since
    from statements
    where customer_id is not null and is_granted is not null
    qualify row_number() over (
        partition by customer_id, channel
        order by stated_at desc, is_granted, evidence
    ) = 1
)

select * from int_consent_status
