/*
system: google_ads
name: {en: Google Ads report by day and campaign, ja: Google 広告 レポート（日・キャンペーン）}
where:
  en: "Campaigns > Reports > Predefined > Time > Day, or Campaigns with the segment Time > Day; Download > .csv"
  ja: "キャンペーン > 分割 > 期間 > 日 > ダウンロード > .csv"
has:
  campaign: [Campaign, キャンペーン, Campagne, Kampagne, Campaña, Campagna]
  cost: [Cost, 費用, Coût, Kosten, Coste, Costo, Cost (*), 費用 (*)]
  impressions: [Impr., Impressions, 表示回数, インプレッション数, Impressionen, Impr, Impresiones]
may_have:
  day: [Day, 日, Jour, Tag, Día, Giorno]
  week: [Week, 週, Semaine, Woche]
  month: [Month, 月, Mois, Monat]
  campaign_id: [Campaign ID, キャンペーン ID, ID de la campagne, Kampagnen-ID, ID campagne, "ID de campaña"]
  currency: [Currency code, Currency, 通貨コード, Code de devise, Code de la devise, Währungscode, Währung, "Código de moneda"]
  clicks: [Clicks, クリック数, Clics, Klicks]
  conversions: [Conversions, コンバージョン, Conversions, Conversionen, Conv., コンバージョン数, Conversiones]

numbers: cost
comma: [Jour, Tag, Día, Giorno, Coût, Kosten, Coste, Costo]
dates: day
settings: {date_order: null, time_zone: null}
control: {feed: marketing_spend, column: cost}
notes: >
  Above the header stand a title and the range of days, below the rows totals that each hold the whole sum again.
  Rows by device, network, ad group or ad are added up to day and campaign. Without an id the name is the id.
  A report without a day is refused: a sum over a month cannot be booked on a day. Days are those of the account.
*/

-- not rows
select _row, case when _problem is null then amount(cost, _decimal) end as total
from rows
where regexp_matches(coalesce(day, campaign, ''), '(?i)^(total|合計|gesamt|totale)\b|^(合計|総計)')
    or regexp_matches(coalesce(campaign, ''), '(?i)^(total ?:|合計|gesamt ?:)')
    or (_problem is not null and coalesce(plain(campaign), '--') = '--')

-- refuse
select 'no day in it: add the segment "Day" to the report' from rows
where not regexp_matches(coalesce(day, ''), '\d')
union all
select 'its days could be day/month or month/day: say which in shop.yml, sources: {google_ads: {date_order: dmy}}'
from rows
where regexp_matches(day, '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- document
select _row, concat_ws('|', moment(day, null, _date_order), coalesce(plain(campaign_id), campaign)) as document
from rows

-- control
select _row, amount(cost, _decimal) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(day, null, _date_order), 10) as spend_date,
    'google' as platform,
    coalesce(nullif(plain(campaign_id), '--'), trim(campaign)) as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'cpc' as medium,
    sum(amount(impressions, _decimal)) as impressions,
    sum(amount(clicks, _decimal)) as clicks,
    sum(amount(cost, _decimal)) as cost,
    min_by(upper(coalesce(currency, cost_in)), _row) as currency,
    sum(amount(conversions, _decimal)) as conversions
from rows
group by all
