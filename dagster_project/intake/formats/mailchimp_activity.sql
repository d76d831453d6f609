/*
system: mailchimp
name: {en: Mailchimp account export (opens and clicks), ja: Mailchimp アカウントの書き出し（開封・クリック）}
where: {en: "Account > Settings > Manage my data > Export (the zip with its folders)", ja: "Account > Settings > Manage my data > Export（フォルダごとのzip）"}
parts:
  activity:
    has: {happened_at: Timestamp, email: Email, ip: [IP, IP Address, IP_ADDRESS]}
    may_have: {link: Url}
    has_not: [Email Address, Body, Status]
  bounces:
    has: {email: Email Address, kind: Bounce Type}
folders: 2
duplicates: drop in file
settings: {time_zone: UTC}
notes: >
  What happened is the name of the folder, granular_activity/opens or clicks; the campaign is what the file's name begins
  with. Times are UTC. One person's opens within one second are one. Bounces have no time and are set aside.
*/

-- refuse
select 'which campaign it is of is in its name only: hand over the whole export with its folders'
from activity
where not regexp_matches(_file, '(?i)[0-9a-f]{8,}')

-- set aside
select _row, 'no time in the file: a bounce needs the day of the campaign, which the export gives elsewhere' as reason from bounces

-- view: events
select
    _row,
    plain(email) as email,
    coalesce(
        nullif(regexp_extract(_file, '(?:opens|clicks)__([^_.]+)', 1), ''),
        regexp_extract(_file, '(?:^|_)([0-9a-f]{8,})[_.]', 1)
    ) as campaign_id,
    case when plain(link) is not null or regexp_matches(_file, 'clicks__') then 'clicked' else 'opened' end as event,
    plain(happened_at) as happened_at,
    plain(link) as link
from activity

-- feed: email_events
select
    _row,
    concat_ws(':', getvariable('shop'), campaign_id, lower(email), event, happened_at, link) as event_id,
    campaign_id as message_id,
    email,
    'email' as channel,
    campaign_id,
    event,
    moment(happened_at, setting('time_zone')) as occurred_at
from events
