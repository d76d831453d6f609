/*
system: hubspot
name: {en: HubSpot contacts, ja: HubSpot コンタクト}
where: {en: "CRM > Contacts > Export, with Create Date and Lifecycle Stage", ja: "CRM > コンタクト > エクスポート（作成日とライフサイクルステージの列を含める）"}
has: {id: [Record ID, レコードID, Contact ID], email: [Email, Eメール, "Work email"], stage_or_day: [Create Date, 作成日, Lifecycle Stage, ライフサイクルステージ]}
may_have:
  created_at: [Create Date, 作成日]
  stage: [Lifecycle Stage, ライフサイクルステージ]
  lead_status: [Lead Status, リードステータス]
  phone: [Phone Number, 電話番号, Mobile Phone Number]
  opted_out: [Unsubscribed from all email, すべてのEメールから登録解除済み, すべてのEメールの配信登録を解除]
has_not: [Created Time, 作成日時, Lead ID]
dates: created_at
settings: {date_order: null, time_zone: null}
notes: >
  The columns are those of the view. Record ID is no number of a customer of the shop, and contacts are no customers. Times
  are the portal's, written 2024-03-12 09:14 or 3/15/2024 2:30 PM. Unsubscribed from all email withdraws from the start of
  the delivery day on; false says nothing.
*/

-- refuse
select 'its days could be day/month or month/day: say which in shop.yml, sources: {hubspot: {date_order: dmy}}'
from rows
where regexp_matches(plain(created_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null
    and not regexp_matches(created_at, '(?i)\d ?[ap]m')

-- feed: leads
select
    _row,
    prefixed(id) as lead_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(created_at, setting('time_zone'), coalesce(_date_order, 'mdy')) as created_at,
    coalesce(plain(stage), plain(lead_status)) as status
from rows

-- feed: consents
select _row, prefixed(id) || ':withdrawn' as consent_id, plain(email) as email, 'email' as channel, false as granted, start_of_delivery() as occurred_at
from rows
where truth(opted_out) and plain(email) is not null
