/*
system: rakuten_rpp
name: {en: Rakuten RPP ads report by day, ja: 楽天RPP レポート（日別）}
where: {en: "RMS > 広告・アフィリエイト > RPP > パフォーマンスレポート, by 日; download", ja: "RMS > 広告・アフィリエイト > RPP > パフォーマンスレポート > 集計単位「日」> ダウンロード"}
has:
  day: [日付, 集計期間, 日]
  cost: ["実績額(合計)", 実績額]
  cpc: ["CPC実績", "CPC実績(合計)"]
may_have:
  campaign_id: キャンペーンID
  campaign: キャンペーン名
  keyword: キーワード
  clicks: ["クリック数(合計)", クリック数]
  orders: ["売上件数(720時間)(合計)", "売上件数(合計720時間)", "売上件数(720時間)"]
control: {feed: marketing_spend, column: cost}
notes: >
  Rows by article are added up to day and campaign; a report without campaigns counts as the campaign rpp. Any report of
  a day holds all of the day, so that the latest replaces the others. Conversions are orders within 720 hours. Impressions
  are not in it. A report by keyword is a part of that by article and is refused, as are weeks and months.
*/

-- not rows
select _row, case when _problem is null then amount(cost) end as total from rows where not regexp_matches(coalesce(day, ''), '\d')

-- refuse
select 'keywords are a part of what articles cost: export the report by 商品 or キャンペーン' from rows where plain(keyword) is not null
union all
select 'a row covers ' || trim(day) || ': choose 集計単位 日 (by day)'
from rows
where regexp_extract(narrow(day), '^(.*?)\s*[～〜~]', 1) <> ''
    and regexp_extract(narrow(day), '^(.*?)\s*[～〜~]', 1) <> regexp_extract(narrow(day), '[～〜~]\s*(.*)$', 1)
union all
select 'a row covers ' || trim(day) || ': choose 集計単位 日 (by day)'
from rows
where regexp_full_match(narrow(day), '\d{4}[-/年]\d{1,2}月?')

-- document
select _row, moment(day) as document from rows

-- control
select _row, amount(cost) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(day), 10) as spend_date,
    'rakuten' as platform,
    coalesce(plain(campaign_id), 'rpp') as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'cpc' as medium,
    sum(amount(clicks)) as clicks,
    sum(amount(cost)) as cost,
    'JPY' as currency,
    sum(amount(orders)) as conversions
from rows
group by all
