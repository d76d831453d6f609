/*
system: microsoft_ads
name: {en: Microsoft Advertising report by day, ja: Microsoft 広告 レポート（日別）}
where:
  en: "Reports > Performance > Campaign, unit of time Day; Download"
  ja: "レポート > パフォーマンス > キャンペーン、時間の単位「日」> ダウンロード"
has:
  day: [Gregorian date, グレゴリオ暦の日付]
  campaign: [Campaign name, Campaign, キャンペーン名]
  cost: [Spend, 費用, Spend (*)]
may_have:
  campaign_id: [Campaign ID, キャンペーン ID]
  currency: [Currency code, Currency, 通貨コード]
  impressions: [Impressions, インプレッション数, 表示回数]
  clicks: [Clicks, クリック数]
  conversions: [Conversions, コンバージョン数]
numbers: cost
dates: day
date_order: mdy
settings: {date_order: null}
control: {feed: marketing_spend, column: cost}
notes: >
  Days are written month/day/year unless the setting date_order or a number above 12 says otherwise. Above the header may
  stand lines about the report, below the rows a line of copyright. Rows by device or network are added up.
*/

-- not rows
select _row, case when _problem is null then amount(cost, _decimal) end as total
from rows
where not regexp_matches(coalesce(day, ''), '^\W*\d') and plain(campaign_id) is null
    or regexp_matches(lower(day), '^(total|合計|overall total)|©|microsoft corporation')

-- document
select _row, concat_ws('|', moment(day, null, _date_order), coalesce(plain(campaign_id), trim(campaign))) as document from rows

-- control
select _row, amount(cost, _decimal) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(day, null, _date_order), 10) as spend_date,
    'bing' as platform,
    coalesce(plain(campaign_id), trim(campaign)) as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'cpc' as medium,
    sum(amount(impressions, _decimal)) as impressions,
    sum(amount(clicks, _decimal)) as clicks,
    sum(amount(cost, _decimal)) as cost,
    min_by(upper(coalesce(plain(currency), regexp_extract(cost_in, '^[A-Za-z]{3}$'))), _row) as currency,
    sum(amount(conversions, _decimal)) as conversions
from rows
group by all
