/*
system: salesforce
name: {en: Salesforce report of leads, ja: Salesforce リードのレポート}
where: {en: "Reports > a report of leads > Export > Details Only, .csv", ja: "レポート > リードのレポート > エクスポート > 詳細のみ .csv"}
has: {status: [Lead Status, リード状況, Status], created_at: [Create Date, Created Date, 作成日], owner: [Lead Owner, Owner Alias, Lead Owner Alias, リード所有者, Lead ID]}
may_have:
  id: [Lead ID, リード ID]
  email: [Email, メール]
  phone: [Phone, 電話]
  campaign: [Primary Campaign, 主キャンペーン]
  opted_out: [Email Opt Out, メール送信除外]
has_not: [Record ID, Requester id]
dates: created_at
settings: {date_order: null, time_zone: null}
notes: >
  Below the rows stand the name of the report, a copyright and who made it. Days are written as the user's locale has it. A
  report's id has 15 letters, the API's 18: the first 15 are the key; without an id the e-mail is. Opportunities are in no
  feed. Email Opt Out withdraws from the start of the delivery day on; false says nothing.
*/

-- not rows
select _row from rows where plain(status) is null and plain(created_at) is null and plain(email) is null

-- refuse
select 'its days could be day/month or month/day: say which in shop.yml, sources: {salesforce: {date_order: mdy}}'
from rows
where regexp_matches(plain(created_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- feed: leads
select
    _row,
    prefixed(coalesce(left(plain(id), 15), lower(plain(email)))) as lead_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(created_at, setting('time_zone'), _date_order) as created_at,
    plain(status) as status,
    plain(campaign) as campaign_id
from rows

-- feed: consents
select
    _row,
    prefixed(coalesce(left(plain(id), 15), lower(plain(email)))) || ':withdrawn' as consent_id,
    plain(email) as email,
    'email' as channel,
    false as granted,
    start_of_delivery() as occurred_at
from rows
where truth(opted_out) and plain(email) is not null
