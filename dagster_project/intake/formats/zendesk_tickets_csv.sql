/*
system: zendesk
name: {en: Zendesk tickets (CSV), ja: Zendesk チケット（CSV）}
where: {en: "Admin Center > Account > Tools > Reports > Export > CSV", ja: "管理センター > アカウント > ツール > レポート > エクスポート > CSV"}
has: {id: Id, requester_id: Requester id, email: Requester email, via: Via, created_at: Created at}
may_have:
  external_id: Requester external id
  status: Status
  tags: Tags
  solved_at: Solved at
  satisfaction: Satisfaction Score
  reply_minutes: First reply time in minutes
  order_id: $order_id_field
  reason: $reason_code_field
dates: created_at
settings: {order_id_field: null, reason_code_field: null, date_order: null, time_zone: null}
notes: >
  Times are those of the account, which is the shop's zone unless time_zone says otherwise. First reply is after the minutes
  of the calendar, not of business hours; solved counts only while the status is solved or closed. Good is 5, bad is 1. Own
  fields are columns such as "Order number [txt]": order_id_field and reason_code_field name them. Deleted tickets are
  withdrawn.
*/

-- set aside
select _row, 'status deleted: the ticket is withdrawn' as reason from rows where lower(trim(status)) = 'deleted'

-- refuse
select 'its days could be day/month or month/day: say which in shop.yml, sources: {zendesk: {date_order: dmy}}'
from rows
where regexp_matches(plain(created_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- view: opened
select *, moment(created_at, setting('time_zone'), _date_order) as opened_at from rows

-- feed: support_tickets
select
    _row,
    prefixed(id) as ticket_id,
    plain(external_id) as customer_id,
    plain(email) as email,
    plain(order_id) as order_id,
    ticket_channel(via) as channel,
    opened_at,
    cast(try_cast(opened_at as timestamp) + to_minutes(try_cast(amount(reply_minutes) as bigint)) as varchar) as first_replied_at,
    case when lower(status) in ('solved', 'closed') then moment(solved_at, setting('time_zone'), _date_order) end as resolved_at,
    coalesce(plain(reason), nullif(regexp_extract(plain(tags), '^[^\s,]+'), '')) as reason_code,
    case lower(satisfaction) when 'good' then 5 when 'bad' then 1 end as csat
from opened

-- withdraw: support_tickets
select prefixed(id) as ticket_id from staged_rows where lower(trim(status)) = 'deleted'
