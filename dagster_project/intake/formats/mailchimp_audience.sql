/*
system: mailchimp
name: {en: Mailchimp audience, ja: Mailchimp オーディエンス}
where: {en: "Audience > All contacts > Export audience (a zip of three files)", ja: "Audience > All contacts > Export audience（3ファイルのzip）"}
has:
  email: [Email Address, メールアドレス, Email, Adresse e-mail, E-Mail-Adresse, Correo electrónico]
  rating: MEMBER_RATING
  changed_at: LAST_CHANGED
  id: EUID
may_have:
  opted_in_at: OPTIN_TIME
  confirmed_at: CONFIRM_TIME
  unsubscribed_at: UNSUB_TIME
  unsubscribed_campaign: UNSUB_CAMPAIGN_ID
  cleaned_at: CLEAN_TIME
  cleaned_campaign: CLEAN_CAMPAIGN_ID
  phone: [Phone Number, 電話番号, Phone, SMS Phone Number]
settings: {time_zone: UTC}
notes: >
  Whether a person is subscribed stands in the name of the file only: subscribed_members_export_…, unsubscribed_…,
  cleaned_…. Times are UTC. Cleaned is bounced for good, which withdraws nothing. Of two columns of one name the first
  counts. A withdrawal in one of several audiences counts for e-mail as a whole.
*/

-- refuse
select 'whether its persons are subscribed is in the name of the file only: hand it over as Mailchimp named it, or the whole zip'
from rows
where not regexp_matches(_file, '(?i)(subscribed|cleaned)(_|-| |\.)')
    and plain(unsubscribed_at) is null and plain(cleaned_at) is null

-- view: members
select
    *,
    case
        when regexp_matches(_file, '(?i)nonsubscribed') then 'nonsubscribed'
        when regexp_matches(_file, '(?i)unsubscribed') or plain(unsubscribed_at) is not null then 'unsubscribed'
        when regexp_matches(_file, '(?i)cleaned') or plain(cleaned_at) is not null then 'cleaned'
        else 'subscribed'
    end as state,
    moment(coalesce(plain(opted_in_at), plain(confirmed_at), changed_at), setting('time_zone')) as signed_up_at,
    moment(coalesce(plain(confirmed_at), plain(opted_in_at), changed_at), setting('time_zone')) as consented_at,
    moment(coalesce(plain(unsubscribed_at), changed_at), setting('time_zone')) as withdrawn_at,
    moment(coalesce(plain(cleaned_at), changed_at), setting('time_zone')) as bounced_at
from rows

-- feed: leads
select
    _row,
    prefixed(id) as lead_id,
    plain(email) as email,
    plain(phone) as phone,
    case when state <> 'nonsubscribed' then 'newsletter' end as kind,
    signed_up_at as created_at,
    state as status
from members

-- feed: consents
select _row, prefixed(id) || ':given' as consent_id, plain(email) as email, 'email' as channel, true as granted, consented_at as occurred_at
from members
where state <> 'nonsubscribed'

-- feed: consents
select _row, prefixed(id) || ':withdrawn' as consent_id, plain(email) as email, 'email' as channel, false as granted, withdrawn_at as occurred_at
from members
where state = 'unsubscribed'

-- feed: email_events
select
    _row,
    concat_ws(':', getvariable('shop'), plain(unsubscribed_campaign), plain(id), 'unsubscribed') as event_id,
    plain(unsubscribed_campaign) as message_id,
    plain(email) as email,
    'email' as channel,
    plain(unsubscribed_campaign) as campaign_id,
    'unsubscribed' as event,
    withdrawn_at as occurred_at
from members
where state = 'unsubscribed'

-- feed: email_events
select
    _row,
    prefixed(id) || ':cleaned' as event_id,
    plain(cleaned_campaign) as message_id,
    plain(email) as email,
    'email' as channel,
    plain(cleaned_campaign) as campaign_id,
    'bounced' as event,
    bounced_at as occurred_at
from members
where state = 'cleaned'
