/*
system: eccube
name: {en: EC-CUBE 4 customers, ja: EC-CUBE 4 会員}
where: {en: "Customers > CSV download", ja: "会員管理 > 会員一覧 > CSVダウンロード"}
has:
  id: 会員ID
  status: [会員ステータス(名称), 会員ステータス(ID), 会員ステータス]
  created_at: 登録日
may_have:
  status_id: 会員ステータス(ID)
  last_name: お名前(姓)
  first_name: お名前(名)
  email: メールアドレス
  phone: [TEL, 電話番号]
  prefecture: [都道府県(名称), 都道府県]
  gender: [性別(名称), 性別]
  birth_date: 誕生日
  updated_at: 更新日
has_not: [注文ID, 商品ID]
notes: >
  仮会員 have not confirmed their registration and are left out. 退会 withdraws the number; its address is made up.
  Consent to mail is a plugin's and not in the file.
*/

-- set aside
select _row, '仮会員: registration not confirmed' as reason
from rows
where status = '仮会員' or coalesce(plain(status_id), plain(status)) = '1'

-- document
select _row, plain(id) as document from rows

-- view: members
select *, status = '退会' or coalesce(plain(status_id), plain(status)) = '3' as has_left from rows

-- feed: customers
select
    _row,
    prefixed(id) as customer_id,
    case when not has_left then plain(email) end as email,
    case when not has_left then plain(phone) end as phone,
    case when not has_left then nullif(trim(concat_ws(' ', plain(last_name), plain(first_name))), '') end as name,
    case when not has_left then moment(created_at) end as created_at,
    case when not has_left then moment(updated_at) end as updated_at,
    case when not has_left then left(moment(birth_date), 10) end as birth_date,
    case when not has_left then plain(gender) end as gender,
    case when not has_left then plain(prefecture) end as prefecture,
    case when has_left then true end as deleted
from members
