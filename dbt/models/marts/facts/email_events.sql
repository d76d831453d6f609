-- One row per event of a message sent by mail, SMS, LINE or push.
{{ rebuilt_for_touched('coalesce(customer_id, event_id)') }}
with

events as (
    select
        event_id,
        message_id,
        shop_customer_id,
        email,
        phone,
        line_user_id,
        coalesce(channel, 'email') as channel,
        campaign_id,
        event,
        occurred_at
    from {{ ref('stg_email_events') }}
    {{ of_touched_rows('event_id') }}
),

events_of_persons as (
    select
        events.*,
        {{ person_of(identifiers_of('email_events')) }} as customer_id
    from events
    {{ person_joins('events', identifiers_of('email_events')) }}
),

email_events as (
    select
        event_id,
        message_id,
        -- Senders without message numbers send a campaign to a recipient once.
        coalesce(
            'message:' || message_id,
            'campaign:' || {{ keyed_hash(
                "coalesce(customer_id, email) || '|' || coalesce(campaign_id, '')"
            ) }}
        ) as message_key,
        customer_id,
        campaign_id,
        channel,
        event,
        occurred_at
    from events_of_persons
)

select * from email_events
