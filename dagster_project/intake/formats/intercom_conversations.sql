/*
system: intercom
name: {en: Intercom conversations (API), ja: Intercom 会話（API）}
where: {en: "API: GET /conversations with each conversation's statistics, as JSON", ja: "API: GET /conversations のJSON"}
has: {id: id, statistics: statistics, rating: conversation_rating, origin: source, contacts: contacts}
may_have: {created_at: created_at, state: state, tags: tags}
notes: >
  Times are seconds since 1970. Resolved is when it was last closed, as long as it is closed. The address is the author's only
  where the author is a contact. What the shop itself began is set aside: nobody asked, and its author is the operator.
*/

-- set aside
select _row, (origin ->> '$.delivered_as') || ': the shop wrote, nobody asked' as reason
from rows
where json_valid(origin) and coalesce(origin ->> '$.delivered_as', 'customer_initiated') <> 'customer_initiated'

-- feed: support_tickets
select
    _row,
    prefixed(id) as ticket_id,
    plain(coalesce(contacts ->> '$.contacts[0].external_id', rating ->> '$.contact.external_id')) as customer_id,
    case when origin ->> '$.author.type' in ('user', 'lead', 'contact') then plain(origin ->> '$.author.email') end as email,
    ticket_channel(origin ->> '$.type') as channel,
    since_1970_seconds(created_at) as opened_at,
    since_1970_seconds(statistics ->> '$.first_admin_reply_at') as first_replied_at,
    case when state = 'closed' then since_1970_seconds(statistics ->> '$.last_close_at') end as resolved_at,
    tags ->> '$.tags[0].name' as reason_code,
    rating ->> '$.rating' as csat
from rows
