/*
system: delighted
name: {en: Delighted survey responses (API), ja: Delighted 回答（API）}
where: {en: "API: /v1/survey_responses.json?expand[]=person", ja: "API: /v1/survey_responses.json?expand[]=person"}
has: {id: id, kind: survey_type, score: score, person: person, permalink: permalink, created_at: created_at}
may_have: {comment: comment, properties: person_properties}
settings: {customer_id_property: null, order_id_property: null}
notes: >
  Times are seconds since 1970. A person is a number, or an object with the e-mail address when expanded. The numbers of
  customer and order are properties that the settings name. Surveys other than nps and csat are set aside.
*/

-- set aside
select _row, 'survey_type ' || coalesce(lower(kind), '?') || ' is no survey of the contract' as reason
from rows
where coalesce(lower(kind), '') not in ('nps', 'csat')

-- view: responses
select
    *,
    case when json_valid(properties) then cast(cast(properties as json) as map(varchar, varchar)) end as of_person
from rows

-- feed: surveys
select
    _row,
    prefixed(id) as response_id,
    plain(of_person[setting('customer_id_property')]) as customer_id,
    coalesce(case when json_valid(person) then plain(person ->> '$.email') end, plain(of_person['email'])) as email,
    plain(of_person[setting('order_id_property')]) as order_id,
    lower(kind) as survey,
    since_1970_seconds(created_at) as responded_at,
    plain(score) as score,
    plain(comment) as comment
from responses
