/*
system: matomo
name: {en: Matomo visits (Live.getLastVisitsDetails), ja: Matomo 訪問（Live.getLastVisitsDetails）}
where: {en: "API: method=Live.getLastVisitsDetails&format=JSON", ja: "API: method=Live.getLastVisitsDetails&format=JSON"}
has: {id: idVisit, visitor_id: visitorId, actions: actionDetails}
may_have:
  user_id: userId
  started_at: firstActionTimestamp
  duration: visitDuration
  referrer_type: referrerType
  referrer_name: referrerName
  device_type: deviceType
  searches: searches
notes: >
  Times are seconds since 1970. Page views are actions of the type action. A visit without a visitor (visitorId false) is
  quarantined. Views of articles, carts and checkouts are events of the shop's own names and unknown.
*/

-- view: visits
select
    *,
    case when json_valid(actions) then from_json(actions, '[{"type":"VARCHAR","url":"VARCHAR"}]') end as steps,
    case when lower(referrer_type) not in ('direct', '') then plain(referrer_type) end as came_by
from rows

-- feed: sessions
select
    _row,
    prefixed(id) as session_id,
    nullif(plain(visitor_id), 'false') as device_id,
    nullif(plain(user_id), 'false') as customer_id,
    since_1970_seconds(started_at) as started_at,
    plain(duration) as duration_s,
    list_filter(steps, lambda step: step.url is not null)[1].url as landing_page,
    case when came_by is not null then plain(referrer_name) end as source,
    came_by as medium,
    case when came_by = 'campaign' then plain(referrer_name) end as campaign_id,
    plain(device_type) as device_type,
    len(list_filter(steps, lambda step: step.type = 'action')) as pageviews,
    plain(searches) as searches
from visits
