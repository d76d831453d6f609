/*
system: zendesk
name: {en: Zendesk tickets (API or connector), ja: Zendesk チケット（API・コネクタ）}
where:
  en: "API: /api/v2/incremental/tickets.json?include=users,metric_sets; or the tables ticket, user, ticket_tag of Fivetran, together"
  ja: "API: /api/v2/incremental/tickets.json?include=users,metric_sets、または Fivetran の ticket・user・ticket_tag を一緒に"
parts:
  tickets:
    has: {id: id, requester_id: requester_id, via: [via, via_channel], status: status, created_at: created_at}
    may_have: {tags: tags, custom_fields: [custom_fields, fields], satisfaction: satisfaction_rating}
    has_not: [Requester email]
  users:
    lookup: true
    has: {id: id, role: role, email: email, external_id: external_id}
    may_have: {phone: phone}
  metric_sets:
    lookup: true
    has: {ticket_id: ticket_id, reply_time: reply_time_in_minutes, solved_at: solved_at}
  ticket_tags:
    lookup: true
    has: {tag: tag, ticket_id: ticket_id}
settings: {order_id_field: null, reason_code_field: null}
notes: >
  A ticket has no address: that of its requester stands in users, and external_id there is the shop's number of the customer.
  Times without a zone are UTC. First reply is after the minutes of the calendar; resolved only while solved or closed; the
  time of the last change is neither. good is 5, bad is 1. The reason is the first tag, or the field that the setting
  reason_code_field names by its number; the order the one of order_id_field. Deleted tickets are withdrawn.
*/

-- set aside
select _row, 'status deleted: the ticket is withdrawn' as reason from tickets where lower(status) = 'deleted'

-- view: requesters
select
    plain(id) as user_id,
    max_by(plain(external_id), _row) as external_id,
    max_by(plain(email), _row) as email,
    max_by(plain(phone), _row) as phone
from users
group by all

-- view: metrics
select
    plain(ticket_id) as ticket_id,
    max_by(try_cast(reply_time ->> '$.calendar' as bigint), _row) as reply_minutes,
    max_by(moment(solved_at, 'UTC'), _row) as solved_at
from metric_sets
group by all

-- view: first_tags
select plain(ticket_id) as ticket_id, min_by(plain(tag), _row) as tag from ticket_tags group by all

-- view: opened
select
    *,
    moment(created_at, 'UTC') as opened_at,
    case when json_valid(custom_fields) then from_json(custom_fields, '[{"id":"VARCHAR","value":"VARCHAR"}]') end as fields
from tickets

-- feed: support_tickets
select
    opened._row,
    prefixed(opened.id) as ticket_id,
    requesters.external_id as customer_id,
    requesters.email,
    requesters.phone,
    plain(list_filter(fields, lambda field: field.id = setting('order_id_field'))[1].value) as order_id,
    ticket_channel(case when json_valid(via) and starts_with(via, '{') then via ->> '$.channel' else via end) as channel,
    opened_at,
    cast(try_cast(opened_at as timestamp) + to_minutes(metrics.reply_minutes) as varchar) as first_replied_at,
    case when lower(status) in ('solved', 'closed') then metrics.solved_at end as resolved_at,
    coalesce(
        plain(list_filter(fields, lambda field: field.id = setting('reason_code_field'))[1].value),
        case when json_valid(tags) then tags ->> '$[0]' end,
        first_tags.tag
    ) as reason_code,
    case when json_valid(satisfaction) then case satisfaction ->> '$.score' when 'good' then 5 when 'bad' then 1 end end as csat
from opened
left join requesters on plain(opened.requester_id) = requesters.user_id
left join metrics on plain(opened.id) = metrics.ticket_id
left join first_tags on plain(opened.id) = first_tags.ticket_id

-- withdraw: support_tickets
select prefixed(id) as ticket_id from staged_tickets where lower(status) = 'deleted'
