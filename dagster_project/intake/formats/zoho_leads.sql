/*
system: zoho_crm
prefix: zoho
name: {en: Zoho CRM leads, ja: Zoho CRM 見込み客}
where: {en: "Setup > Data administration > Export, or Leads > Export, with the column Email", ja: "設定 > データ管理 > エクスポート（メールの列を含める）"}
has: {id: [Record Id, レコードID, レコード ID], created_at: [Created Time, 作成日時], status: [Lead Status, 見込み客のステータス, リードのステータス]}
may_have:
  email: [Email, メール, メールアドレス]
  phone: [Phone, 電話番号, 電話, Mobile, 携帯電話]
  opted_out: [Email Opt Out, メール受信拒否, メールの受信拒否]
dates: created_at
settings: {date_order: null, time_zone: null}
notes: >
  Without the column Email the leads count but belong to nobody. Email Opt Out withdraws from the start of the delivery day
  on; false says nothing.
*/

-- refuse
select 'its days could be day/month or month/day: say which in shop.yml, sources: {zoho_crm: {date_order: dmy}}'
from rows
where regexp_matches(plain(created_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- feed: leads
select
    _row,
    prefixed(id) as lead_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(created_at, setting('time_zone'), _date_order) as created_at,
    plain(status) as status
from rows

-- feed: consents
select _row, prefixed(id) || ':withdrawn' as consent_id, plain(email) as email, 'email' as channel, false as granted, start_of_delivery() as occurred_at
from rows
where truth(opted_out) and plain(email) is not null
