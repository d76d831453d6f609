/*
system: klaviyo
name: {en: Klaviyo profiles, ja: Klaviyo プロフィール}
where: {en: "Audience > Lists & segments > a list > Manage list > Export to CSV", ja: "オーディエンス > リストとセグメント > リスト > CSVに書き出し"}
has: {email: [Email, メールアドレス], id: Klaviyo ID}
may_have:
  consent: [Email Marketing Consent, Email Marketing Consent Status]
  consented_at: [Email Marketing Consent Timestamp]
  sms_consent: [SMS Marketing Consent, SMS Consent]
  sms_consented_at: [SMS Marketing Consent Timestamp]
  phone: [Phone Number, 電話番号]
  created_at: [Profile Created On, Created, Date Added]
settings: {time_zone: UTC}
notes: >
  Times are UTC. SUBSCRIBED is given when the profile was made, unless a time of its own is in the file; UNSUBSCRIBED has
  no time and is withdrawn from the start of the delivery day on; NEVER_SUBSCRIBED says nothing. The Klaviyo ID is no
  number of a customer.
*/

-- view: profiles
select
    *,
    replace(upper(plain(consent)), ' ', '_') as state,
    replace(upper(plain(sms_consent)), ' ', '_') as sms_state,
    moment(created_at, setting('time_zone')) as made_at
from rows

-- feed: leads
select
    _row,
    prefixed(id) as lead_id,
    plain(email) as email,
    plain(phone) as phone,
    case when state in ('SUBSCRIBED', 'UNSUBSCRIBED') then 'newsletter' end as kind,
    made_at as created_at,
    state as status
from profiles

-- feed: consents
select
    _row,
    prefixed(id) || case state when 'SUBSCRIBED' then ':given' else ':withdrawn' end as consent_id,
    plain(email) as email,
    'email' as channel,
    state = 'SUBSCRIBED' as granted,
    coalesce(moment(consented_at, setting('time_zone')), case state when 'SUBSCRIBED' then made_at else start_of_delivery() end)
        as occurred_at
from profiles
where state in ('SUBSCRIBED', 'UNSUBSCRIBED') and plain(email) is not null

-- feed: consents
select
    _row,
    prefixed(id) || ':sms' || case sms_state when 'SUBSCRIBED' then ':given' else ':withdrawn' end as consent_id,
    plain(email) as email,
    plain(phone) as phone,
    'sms' as channel,
    sms_state = 'SUBSCRIBED' as granted,
    coalesce(moment(sms_consented_at, setting('time_zone')), case sms_state when 'SUBSCRIBED' then made_at else start_of_delivery() end)
        as occurred_at
from profiles
where sms_state in ('SUBSCRIBED', 'UNSUBSCRIBED') and plain(phone) is not null
