/*
system: shopify
name: {en: Shopify customers, ja: Shopify 顧客管理}
where: {en: "Customers > Export > Plain CSV file", ja: "顧客管理 > エクスポート > CSV ファイル"}
has:
  first_name: First Name
  last_name: Last Name
  email: Email
  total_spent: Total Spent
  accepts_email: [Accepts Email Marketing, Accepts Marketing]
  tax_exempt: Tax Exempt
may_have:
  id: [Customer ID, ID]
  phone: Phone
  address_phone: [Default Address Phone, Address Phone]
  province: [Default Address Province Code, Province Code]
  accepts_sms: Accepts SMS Marketing
notes: >
  The state of a customer at the export; no date of registration and none of a consent is in it, so there is no
  registration event. The number has an apostrophe in front, against Excel.
*/

-- document
select _row, coalesce(plain(id), lower(plain(email)), plain(phone)) as document from rows

-- set aside
select _row, 'has neither number nor e-mail address' as reason
from rows
where plain(id) is null and plain(email) is null

-- feed: customers
select
    _row,
    prefixed(coalesce(plain(id), lower(email))) as customer_id,
    plain(email) as email,
    coalesce(plain(phone), plain(address_phone)) as phone,
    nullif(trim(concat_ws(' ', plain(first_name), plain(last_name))), '') as name,
    plain(province) as prefecture,
    truth(accepts_email) as accepts_email,
    truth(accepts_sms) as accepts_sms
from rows
