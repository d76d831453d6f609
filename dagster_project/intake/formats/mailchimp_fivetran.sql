/*
system: mailchimp
name: {en: Mailchimp as connectors land it, ja: Mailchimp（コネクタのテーブル）}
where: {en: "Tables campaign_recipient_activity and member of Fivetran or the API, both together", ja: "Fivetran・APIの campaign_recipient_activity と member を一緒に"}
parts:
  activity:
    has: {action: action, campaign_id: campaign_id, member_id: member_id, happened_at: timestamp}
    may_have: {link: url}
  members:
    lookup: true
    has: {unique_id: unique_email_id, email: email_address, list_id: list_id}
    may_have: {id: id}
duplicates: drop
settings: {time_zone: UTC}
notes: Persons are found through member. Times without a zone are UTC. Other actions than open, click, bounce and sent are set aside.
*/

-- set aside
select _row, 'action ' || coalesce(action, '?') || ' is no event of the contract' as reason
from activity
where lower(action) not in ('open', 'click', 'bounce', 'sent') or action is null

-- view: addresses
select coalesce(plain(id), plain(unique_id)) as member_id, max_by(plain(email), _row) as email from members group by all

-- feed: email_events
select
    _row,
    concat_ws(':', getvariable('shop'), plain(campaign_id), plain(activity.member_id), lower(action), plain(happened_at), plain(link)) as event_id,
    plain(campaign_id) as message_id,
    addresses.email,
    'email' as channel,
    plain(campaign_id) as campaign_id,
    case lower(action) when 'open' then 'opened' when 'click' then 'clicked' when 'sent' then 'sent' else 'bounced' end as event,
    moment(happened_at, setting('time_zone')) as occurred_at
from activity
left join addresses on plain(activity.member_id) = addresses.member_id
