/*
system: brevo
name: {en: Brevo contacts, ja: Brevo 連絡先}
where: {en: "Contacts > Lists > a list > Export", ja: "コンタクト > リスト > エクスポート"}
has: {email: EMAIL, email_blacklisted: EMAIL_BLACKLISTED, added_at: ADDED_TIME}
may_have: {sms: [SMS, WHATSAPP], sms_blacklisted: SMS_BLACKLISTED, modified_at: MODIFIED_TIME}
dates: added_at
date_order: dmy
settings: {date_order: null}
notes: >
  Days are written day-month-year. The e-mail address is the key, in small letters, else the number of SMS. Consent is given
  when the contact was added; when it was withdrawn is known as the last change at the latest.
*/

-- set aside
select _row, 'neither an e-mail address nor a number for SMS' as reason from rows where plain(email) is null and plain(sms) is null

-- view: contacts
select
    *,
    coalesce(lower(plain(email)), plain(sms)) as contact,
    case when plain(sms) is not null then '+' || ltrim(plain(sms), '+') end as phone,
    moment(added_at, null, _date_order) as given_at,
    moment(coalesce(plain(modified_at), added_at), null, _date_order) as changed_at
from rows

-- feed: leads
select _row, prefixed(contact) as lead_id, plain(email) as email, phone, 'newsletter' as kind, given_at as created_at
from contacts

-- feed: consents
select _row, prefixed(contact) || ':email:given' as consent_id, plain(email) as email, 'email' as channel, true as granted, given_at as occurred_at
from contacts
where plain(email) is not null

-- feed: consents
select _row, prefixed(contact) || ':email:withdrawn' as consent_id, plain(email) as email, 'email' as channel, false as granted, changed_at as occurred_at
from contacts
where plain(email) is not null and truth(email_blacklisted)

-- feed: consents
select _row, prefixed(contact) || ':sms:given' as consent_id, plain(email) as email, phone, 'sms' as channel, true as granted, given_at as occurred_at
from contacts
where phone is not null

-- feed: consents
select _row, prefixed(contact) || ':sms:withdrawn' as consent_id, plain(email) as email, phone, 'sms' as channel, false as granted, changed_at as occurred_at
from contacts
where phone is not null and truth(sms_blacklisted)
