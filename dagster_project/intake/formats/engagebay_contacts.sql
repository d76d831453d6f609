/*
system: engagebay
name: {en: EngageBay contacts (API), ja: EngageBay コンタクト（API）}
where: {en: "API: /dev/api/panel/subscribers, as JSON", ja: "API: /dev/api/panel/subscribers のJSON"}
has: {id: id, owner_id: owner_id, created_time: created_time, properties: properties, lists: listIds}
may_have: {email: email, status: status}
notes: Times are seconds since 1970. The e-mail address may stand in properties only.
*/

-- view: contacts
select *, from_json(properties, '[{"name":"VARCHAR","value":"VARCHAR"}]') as fields from rows

-- feed: leads
select
    _row,
    prefixed(id) as lead_id,
    coalesce(plain(email), list_filter(fields, lambda field: field.name = 'email')[1].value) as email,
    list_filter(fields, lambda field: field.name = 'phone')[1].value as phone,
    since_1970_seconds(created_time) as created_at,
    plain(status) as status
from contacts
