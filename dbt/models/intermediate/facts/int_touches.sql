-- One row per contact with a person that can earn credit for an order: a session or a clicked message.
{{ rebuilt_for_touched() }}
with

sessions as (
    select
        session_id,
        customer_id,
        campaign_id,
        source,
        medium,
        started_at
    from {{ ref('sessions') }}
    {{ of_touched() }}
    where customer_id is not null
),

clicks as (
    select
        event_id,
        customer_id,
        campaign_id,
        channel,
        occurred_at
    from {{ ref('email_events') }}
    {{ of_touched() }}
    where
        event = 'clicked'
        and customer_id is not null
),

paid_campaigns as (
    select campaign_id
    from {{ ref('marketing_spend') }}
    group by campaign_id
),

visits as (
    select
        sessions.session_id,
        sessions.customer_id,
        sessions.campaign_id,
        'session' as touch_kind,
        sessions.source,
        sessions.medium,
        coalesce(lower(sessions.source), 'direct') in ('', 'direct', '(direct)')
        and paid_campaigns.campaign_id is null as is_direct,
        sessions.started_at as touched_at
    from sessions
    left join paid_campaigns on sessions.campaign_id = paid_campaigns.campaign_id
),

int_touches as (
    select * from visits
    union all
    select
        'email:' || event_id as session_id,
        customer_id,
        campaign_id,
        'email' as touch_kind,
        channel as source,
        channel as medium,
        false as is_direct,
        occurred_at as touched_at
    from clicks
)

select * from int_touches
