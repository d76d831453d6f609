-- One row per e-mail that arrived: the day of its delivery, the stage in which that day found the person, and what
-- became of it by as_of.
with

email_events as (
    select
        message_key,
        customer_id,
        campaign_id,
        event,
        occurred_at
    from {{ ref('email_events') }}
    where channel = 'email' and message_key is not null
),

messages as (
    select
        message_key,
        min(customer_id) as customer_id,
        min(campaign_id) as campaign_id,
        -- Where deliveries are not reported, what was sent and did not bounce has arrived.
        coalesce(
            min(occurred_at) filter (where event = 'delivered'),
            case
                when not bool_or(event = 'bounced')
                    then min(occurred_at) filter (where event = 'sent')
            end
        ) as delivered_at,
        bool_or(event = 'opened') as is_opened,
        bool_or(event = 'clicked') as is_clicked,
        bool_or(event = 'unsubscribed') as is_unsubscribed
    from email_events
    group by message_key
),

delivered as (
    select
        *,
        cast(delivered_at as date) as delivery_date
    from messages
    where delivered_at is not null
),

int_messages as (
    select
        delivered.message_key,
        delivered.customer_id,
        delivered.campaign_id,
        delivered.is_opened,
        delivered.is_clicked,
        delivered.is_unsubscribed,
        coalesce(stage_at_start_of_day.stage, '(none)') as stage,
        delivered.delivery_date
    from delivered
    {{ join_stage_at_start_of_day('delivered.customer_id', 'delivered.delivery_date') }}
)

select * from int_messages
