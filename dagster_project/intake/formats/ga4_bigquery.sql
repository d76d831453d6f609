/*
system: ga4_bigquery
name: {en: Google Analytics 4 BigQuery export, ja: Google アナリティクス 4 の BigQuery エクスポート}
where:
  en: "BigQuery > analytics_<property> > events_YYYYMMDD > Export (JSON lines or Parquet); link: Admin > BigQuery links"
  ja: "BigQuery > analytics_<プロパティ> > events_YYYYMMDD > エクスポート（JSON または Parquet）"
has:
  event_date: event_date
  event_timestamp: event_timestamp
  event_name: event_name
  event_params: event_params
  user_pseudo_id: user_pseudo_id
may_have:
  user_id: user_id
  device: device
  items: items
  last_click: session_traffic_source_last_click
  collected: collected_traffic_source
  bundle: event_bundle_sequence_id
  batch: batch_event_index
  previous: event_previous_timestamp
settings: {tracking_path: null, time_zone: null}
duplicates: drop
documents_of: delivery
notes: >
  One row per event. Numbers are texts in JSON; a parameter's value is sparse or has all four members, three of them
  null. The latest delivery of an event_date replaces that day's events whole; events_ beats events_intraday_. A visit is
  built of the events of all days in force, as it may cross midnight. The number of a visit repeats between devices.
  How the visit came is the last click of its session, never traffic_source, which is how the person first came.
  Cannot be known: who refused consent, robots that Google did not filter, visits that GA4's screens only model.
*/

-- set aside
select
    _row,
    case
        when nullif(user_pseudo_id, '') is null then 'no user_pseudo_id: consent denied, belongs to no session'
        else 'no ga_session_id: belongs to no session'
    end as reason
from rows
where nullif(user_pseudo_id, '') is null
    or not contains(coalesce(event_params, ''), 'ga_session_id')

-- document
select _row, event_date as document, case when contains(lower(_file), 'intraday') then 0 else 1 end as priority
from rows

-- together
select
    _row,
    user_pseudo_id || '.' || json_extract_string(
        event_params,
        '$[' || (list_position(json_extract_string(event_params, '$[*].key'), 'ga_session_id') - 1) || '].value.int_value'
    ) as together
from rows

-- view: events
select
    _row,
    _together as session_id,
    user_pseudo_id,
    nullif(user_id, '') as user_id,
    event_name,
    cast(event_timestamp as bigint) as microsecond,
    {'microsecond': cast(event_timestamp as bigint), 'row': _row} as position,
    json_extract_string(event_params, '$[*].key') as keys,
    json_extract_string(
        event_params, '$[' || (list_position(keys, 'page_location') - 1) || '].value.string_value'
    ) as page,
    json_extract_string(
        event_params, '$[' || (list_position(keys, 'currency') - 1) || '].value.string_value'
    ) as currency,
    json_extract_string(
        event_params, '$[' || (list_position(keys, 'source') - 1) || '].value.string_value'
    ) as parameter_source,
    json_extract_string(
        event_params, '$[' || (list_position(keys, 'medium') - 1) || '].value.string_value'
    ) as parameter_medium,
    json_extract_string(
        event_params, '$[' || (list_position(keys, 'campaign') - 1) || '].value.string_value'
    ) as parameter_campaign,
    json_extract_string(device, '$.category') as device_type,
    nullif(json_extract_string(last_click, '$.cross_channel_campaign.source'), '') as cross_source,
    nullif(json_extract_string(last_click, '$.google_ads_campaign.campaign_id'), '') as ads_campaign,
    nullif(json_extract_string(last_click, '$.manual_campaign.source'), '') as manual_source,
    coalesce(
        nullif(json_extract_string(collected, '$.gclid'), ''),
        nullif(json_extract_string(collected, '$.manual_source'), '')
    ) as collected_source,
    last_click,
    collected,
    items
from rows

-- view: sources
select
    session_id,
    position,
    1 as rank,
    coalesce(cross_source, case when ads_campaign is not null then 'google' end, manual_source) as source,
    case
        when cross_source is not null then json_extract_string(last_click, '$.cross_channel_campaign.medium')
        when ads_campaign is not null then 'cpc'
        else json_extract_string(last_click, '$.manual_campaign.medium')
    end as medium,
    case
        when cross_source is not null then coalesce(
            nullif(json_extract_string(last_click, '$.cross_channel_campaign.campaign_id'), ''),
            case when cross_source = 'google'
                and json_extract_string(last_click, '$.cross_channel_campaign.medium') = 'cpc' then ads_campaign end,
            json_extract_string(last_click, '$.cross_channel_campaign.campaign_name')
        )
        when ads_campaign is not null then ads_campaign
        else coalesce(
            nullif(json_extract_string(last_click, '$.manual_campaign.campaign_id'), ''),
            json_extract_string(last_click, '$.manual_campaign.campaign_name')
        )
    end as campaign
from events
where coalesce(cross_source, ads_campaign, manual_source) is not null
union all by name
select
    session_id,
    position,
    2 as rank,
    case when nullif(json_extract_string(collected, '$.gclid'), '') is not null then 'google'
        else json_extract_string(collected, '$.manual_source') end as source,
    case when nullif(json_extract_string(collected, '$.gclid'), '') is not null then 'cpc'
        else json_extract_string(collected, '$.manual_medium') end as medium,
    coalesce(
        nullif(json_extract_string(collected, '$.manual_campaign_id'), ''),
        json_extract_string(collected, '$.manual_campaign_name')
    ) as campaign
from events
where collected_source is not null
union all by name
select
    session_id,
    position,
    3 as rank,
    parameter_source as source,
    parameter_medium as medium,
    parameter_campaign as campaign
from events
where parameter_source is not null

-- view: came_by
select session_id, source, medium, campaign
from sources
qualify row_number() over (partition by session_id order by rank, position) = 1

-- view: viewed
select session_id, string_agg(item_id, '|' order by first_seen) as viewed_products
from (
    select session_id, item_id, min({'position': position, 'number': number}) as first_seen
    from (
        select
            session_id,
            position,
            unnest(json_extract_string(items, '$[*].item_id')) as item_id,
            generate_subscripts(json_extract_string(items, '$[*].item_id'), 1) as number
        from events
        where event_name = 'view_item' and items is not null
    ) as listed
    where item_id is not null and item_id not in ('', '(not set)')
    group by session_id, item_id
) as products
group by session_id

-- view: search_events
select coalesce(bool_or(event_name = 'view_search_results'), false) as are_results_sent from events

-- feed: sessions
select
    min_by(_row, position) as _row,
    session_id,
    min(user_pseudo_id) as device_id,
    max_by(user_id, position) filter (where user_id is not null) as customer_id,
    since_1970(min(microsecond)) as started_at,
    divided(cast(max(microsecond) - min(microsecond) as decimal(18, 0)), 1000000) as duration_s,
    min_by(page, position) filter (where page is not null) as landing_page,
    min(came_by.source) as source,
    min(came_by.medium) as medium,
    min(case when came_by.campaign not in ('', '(direct)', '(organic)', '(referral)', '(not set)') then came_by.campaign end)
        as campaign_id,
    min_by(device_type, position) filter (where device_type is not null) as device_type,
    count(*) filter (where event_name in ('page_view', 'screen_view')) as pageviews,
    count(*) filter (where event_name = 'view_item') as product_views,
    count(*) filter (where event_name = 'add_to_cart') as add_to_carts,
    count(*) filter (where event_name = 'begin_checkout') as checkouts,
    count(*) filter (where event_name = case when search_events.are_results_sent then 'view_search_results' else 'search' end)
        as searches,
    count(*) filter (where event_name = 'video_start') as video_views,
    case when setting('tracking_path') is not null then count(*) filter (where
        event_name = 'page_view'
        and starts_with(regexp_extract(page, '^[a-z]+://[^/]+(/[^?#]*)', 1), setting('tracking_path'))
    ) end as tracking_views,
    max_by(currency, position) filter (where currency is not null) as currency,
    min(viewed.viewed_products) as viewed_products
from events
left join came_by using (session_id)
left join viewed using (session_id)
cross join search_events
group by session_id
