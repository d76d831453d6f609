-- One row per event of a message.
create table feeds.email_events as
with happened as (
    select
        message_id,
        customer_id,
        email,
        channel,
        campaign_id,
        unnest([
            {'event': 'sent', 'occurred_at': sent_at},
            {'event': if(is_bounced, 'bounced', 'delivered'), 'occurred_at': sent_at + interval 20 second},
            if(is_bounced or not is_opened and not is_clicked, null, {
                'event': 'opened', 'occurred_at': sent_at
                    + to_minutes(whole(1, 1500, uniform('opened-after', message_id)))}),
            if(is_bounced or not is_clicked, null, {
                'event': 'clicked', 'occurred_at': sent_at
                    + to_minutes(3 + whole(1, 1500, uniform('opened-after', message_id)))}),
            if(is_bounced or not is_unsubscribing, null, {
                'event': 'unsubscribed', 'occurred_at': sent_at + interval 30 hour})
        ], recursive := true),
        uniform('message-number', message_id) as u_number
    from messages
)

select
    delivered_on(occurred_at::date, 3) as delivery,
    message_id || ':' || event as event_id,
    message_id,
    -- The mail tool knows addresses, the others know numbers.
    if(channel = 'email' and u_number < 0.5, null, customer_id) as customer_id,
    if(channel = 'email', email, null) as email,
    channel,
    campaign_id,
    event,
    occurred_at
from happened
where event is not null and occurred_at::date <= getvariable('last_day');
