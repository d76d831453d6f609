/*
system: klaviyo
name: {en: Klaviyo events as connectors land them, ja: Klaviyo イベント（コネクタのテーブル）}
where: {en: "Tables event and person of Fivetran, both together", ja: "Fivetran の event と person を一緒に"}
parts:
  events:
    has: {id: id, person_id: person_id, metric_id: metric_id, happened_at: datetime, kind: type}
    may_have: {campaign_id: campaign_id, flow_id: flow_id, flow_message_id: flow_message_id, deleted: _fivetran_deleted}
  persons:
    lookup: true
    has: {id: id, email: email, phone: phone_number, created: created, updated: updated, synced: _fivetran_synced}
settings: {time_zone: UTC}
notes: >
  Persons are found through person. Times without a zone are UTC. Events that are none of a message, such as Placed Order,
  are set aside: orders come from the shop.
*/

-- set aside
select _row, 'type ' || coalesce(kind, '?') || ' is no event of a message' as reason
from events
where coalesce(lower(kind), '') not in (
    'received email', 'opened email', 'clicked email', 'bounced email', 'unsubscribed', 'unsubscribed from email marketing',
    'unsubscribed from list', 'marked email as spam', 'received sms', 'clicked sms', 'unsubscribed from sms marketing',
    'failed to deliver sms', 'sent sms')
union all
select _row, 'deleted in the source' as reason from events where truth(deleted)

-- view: addresses
select plain(id) as person_id, max_by(plain(email), _row) as email, max_by(plain(phone), _row) as phone from persons group by all

-- feed: email_events
select
    _row,
    prefixed(id) as event_id,
    coalesce(plain(flow_message_id), plain(campaign_id)) as message_id,
    addresses.email,
    addresses.phone,
    case when contains(lower(kind), 'sms') then 'sms' else 'email' end as channel,
    coalesce(plain(campaign_id), plain(flow_id)) as campaign_id,
    case
        when lower(kind) like 'received%' then 'delivered'
        when lower(kind) like 'sent%' then 'sent'
        when lower(kind) like 'opened%' then 'opened'
        when lower(kind) like 'clicked%' then 'clicked'
        when lower(kind) like 'bounced%' or lower(kind) like 'failed%' then 'bounced'
        when lower(kind) like 'marked%' then 'complained'
        else 'unsubscribed'
    end as event,
    moment(happened_at, setting('time_zone')) as occurred_at
from events
left join addresses on plain(events.person_id) = addresses.person_id
