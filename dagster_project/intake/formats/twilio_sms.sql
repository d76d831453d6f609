/*
system: twilio_sms
prefix: twilio
name: {en: Twilio message log, ja: Twilio メッセージログ}
where: {en: "Console > Monitor > Logs > Messaging > Export to CSV", ja: "コンソール > Monitor > Logs > Messaging > CSVエクスポート"}
has: {sender: From, receiver: To, body: Body, status: Status, sent_at: [SentDate, Date Sent, Sent Date], id: [Sid, Message SID]}
may_have: {direction: Direction}
settings: {time_zone: UTC}
notes: >
  The person is the phone number: who got a message, or who sent STOP, 停止 or 配信停止. What else came in is set aside. What
  messages cost is in no feed.
*/

-- set aside
select _row, 'a message that came in and is no STOP' as reason
from rows
where (lower(coalesce(direction, '')) = 'inbound' or lower(status) in ('received', 'receiving'))
    and not regexp_full_match(lower(trim(coalesce(body, ''))), '(stop|stopall|unsubscribe|cancel|end|quit|停止|配信停止|解除)[。.!！]?')
union all
select _row, 'status ' || lower(status) || ' is no event of the contract' as reason
from rows
where lower(coalesce(status, '')) in ('canceled', 'scheduled')

-- feed: email_events
select
    _row,
    prefixed(id) || ':' || event as event_id,
    plain(id) as message_id,
    regexp_replace(plain(case when event = 'unsubscribed' then sender else receiver end), '^[a-z]+:', '') as phone,
    'sms' as channel,
    event,
    moment(sent_at, setting('time_zone')) as occurred_at
from (
    select
        *,
        case
            when lower(coalesce(direction, '')) = 'inbound' or lower(status) in ('received', 'receiving') then 'unsubscribed'
            when lower(status) in ('delivered', 'read') then 'delivered'
            when lower(status) in ('undelivered', 'failed') then 'bounced'
            when lower(status) in ('sent', 'queued', 'sending', 'accepted') then 'sent'
            else lower(status)
        end as event
    from rows
) as told
