/*
system: yahoo_ads_ja
name: {en: "Yahoo! JAPAN Ads report by day", ja: Yahoo!広告 レポート（日別）}
where: {en: "Reports > Create, with the items 日 and キャンペーンID; Download", ja: "パフォーマンスレポート > 項目に「日」「キャンペーンID」> ダウンロード"}
has:
  account: [アカウントID, 広告アカウントID]
  campaign_id: キャンペーンID
  campaign: キャンペーン名
  cost: [コスト, ご利用金額]
may_have:
  day: 日
  impressions: [インプレッション数, 表示回数]
  clicks: クリック数
  conversions: [コンバージョン数, "コンバージョン数(合計)"]
control: {feed: marketing_spend, column: cost}
notes: >
  The last row is a total. Money is in yen. Rows by ad group, device or keyword are added up to day and campaign.
  A report by week, month or the whole period is refused: its sums cannot be booked on a day.
*/

-- not rows
select _row, case when _problem is null then amount(cost) end as total
from rows
where lower(trim(account)) in ('total', '合計') or plain(campaign_id) is null or plain(campaign_id) in ('-', '--')

-- refuse
select 'no day in it: add the item 日 to the report' from rows where not regexp_matches(coalesce(day, ''), '\d')

-- document
select _row, concat_ws('|', moment(day), plain(campaign_id)) as document from rows

-- control
select _row, amount(cost) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(day), 10) as spend_date,
    'yahoo' as platform,
    plain(campaign_id) as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'cpc' as medium,
    sum(amount(impressions)) as impressions,
    sum(amount(clicks)) as clicks,
    sum(amount(cost)) as cost,
    'JPY' as currency,
    sum(amount(conversions)) as conversions
from rows
group by all
