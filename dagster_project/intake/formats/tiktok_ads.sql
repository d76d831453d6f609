/*
system: tiktok_ads
name: {en: TikTok ads report by day, ja: TikTok 広告 レポート（日別）}
where:
  en: "Ads Manager > Campaign, or Reporting > Custom reports, dimension By Day; Export"
  ja: "広告マネージャー > レポート > カスタムレポート、ディメンション「日別」> エクスポート"
has:
  campaign: [Campaign name, キャンペーン名]
  cost: [Cost, Cost (*), Spend, 費用, コスト, 消化金額]
  clicks: [Clicks (destination), クリック数 (リンク先), クリック数（目的地）, クリック数 (遷移先)]
may_have:
  day: [By Day, Day, Date, 日別, 日付]
  campaign_id: [Campaign ID, キャンペーンID]
  currency: [Currency, 通貨]
  impressions: [Impressions, Impression, インプレッション, インプレッション数]
  payments: [Complete payment, Complete payments, Complete payment (website), Purchases (website), 支払い完了, 支払い完了数]
numbers: cost
dates: day
settings: {date_order: null}
control: {feed: marketing_spend, column: cost}
notes: >
  Rows by ad group and ad are added up to day and campaign. Conversions are completed payments; the column Conversions is
  whatever the campaign aims at. Mostly there is no currency in it: that of the shop. Without a day it is refused.
*/

-- not rows
select _row, case when _problem is null then amount(cost, _decimal) end as total
from rows
where plain(campaign) is null
    or regexp_matches(lower(coalesce(plain(day), campaign)), '^(total|合計)') or lower(trim(campaign)) in ('-', '--', 'total')

-- refuse
select 'no day in it: add the dimension By Day to the report' from rows
where not regexp_matches(coalesce(day, ''), '\d')
union all
select 'a row covers ' || plain(day) || ': choose the dimension By Day' from rows
where regexp_matches(day, '\d{4}.*( - |–|~|〜|～).*\d{4}')
union all
select 'its days could be day/month or month/day: say which in shop.yml, sources: {tiktok_ads: {date_order: dmy}}'
from rows
where regexp_matches(plain(day), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- document
select _row, concat_ws('|', moment(day, null, _date_order), coalesce(plain(campaign_id), trim(campaign))) as document from rows

-- control
select _row, amount(cost, _decimal) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(day, null, _date_order), 10) as spend_date,
    'tiktok' as platform,
    coalesce(plain(campaign_id), trim(campaign)) as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'paid_social' as medium,
    sum(amount(impressions, _decimal)) as impressions,
    sum(amount(clicks, _decimal)) as clicks,
    sum(amount(cost, _decimal)) as cost,
    min_by(upper(coalesce(plain(currency), regexp_extract(cost_in, '^[A-Za-z]{3}$'))), _row) as currency,
    sum(amount(payments, _decimal)) as conversions
from rows
group by all
