/*
system: meta_ads
name: {en: Meta ads report by day and campaign, ja: Meta 広告 レポート（日・キャンペーン）}
where:
  en: "Ads Manager > Campaigns, breakdown By time > Day; Reports > Export table data"
  ja: "広告マネージャ > キャンペーン、内訳「時間別 > 日」> レポート > テーブルデータをエクスポート"
has:
  campaign: [Campaign name, キャンペーン名, Campagnenaam, اسم الحملة, Kampagnenname, Nom de la campagne, Nombre de la campaña,
    Nome campagna, Nome da campanha, 캠페인 이름]
  cost: [Amount spent (*), Amount spent, 消化金額 (*), 消化金額, Besteed bedrag (*), Besteed bedrag, المبلغ الذي تم إنفاقه (*),
    المبلغ الذي تم إنفاقه, Ausgegebener Betrag (*), Montant dépensé (*), Importe gastado (*), Importo speso (*), Valor usado (*),
    지출 금액 (*)]
may_have:
  starts: [Reporting starts, レポート開始日, Begin van rapportage, Rapportage begint, بداية التقارير, Auswertungsbeginn,
    Début des rapports, Inicio del informe]
  ends: [Reporting ends, レポート終了日, Einde van rapportage, Rapportage eindigt, نهاية التقارير, Auswertungsende, Fin des rapports,
    Fin del informe]
  day: [Day, 日, Dag, اليوم, Tag, Jour, Día, Giorno, Dia, 일]
  campaign_id: [Campaign ID, キャンペーンID, Campagne-ID, معرف الحملة, Kampagnen-ID, ID de la campagne, Identificador de la campaña]
  currency: [Currency, 通貨, Valuta, العملة, Währung, Devise, Divisa]
  impressions: [Impressions, インプレッション, インプレッション数, Weergaven, مرات الظهور, Impressionen, Impresiones, Impression]
  clicks: [Link clicks, リンクのクリック, リンクのクリック数, リンククリック, Linkklikken, نقرات الرابط, Link-Klicks, Clics sur un lien,
    Clics en el enlace, Unique link clicks, リンククリック(ユニーク), リンクのクリック(ユニーク), Clicks (all), クリック(すべて),
    Klikken (alle), Klicks (alle), Clics (tous), Clics (todos)]
  purchases: [Purchases, 購入, 購入数, Aankopen, عمليات الشراء, Käufe, Achats, Compras, Website purchases, ウェブサイトでの購入]
  results: [Results, 結果, Resultaten, النتائج, Ergebnisse, Résultats, Resultados]
  indicator: [Result indicator, 結果インジケーター, Resultaatindicator, مؤشر النتائج, Ergebnis-Indikator, Indicateur de résultats,
    Indicador de resultado, Result type, 結果の種類, 結果タイプ]
numbers: cost
comma: [Campagnenaam, Kampagnenname, Nom de la campagne, Nombre de la campaña, Nome campagna, Nome da campanha]
dates: day
settings: {date_order: null}
control: {feed: marketing_spend, column: cost}
notes: >
  Rows by ad set, ad, platform or placement are added up to day and campaign. Above or below the rows stands their total,
  without a name or named Total. Without a day, a row that covers one day is taken; one that covers more is refused:
  what was spent in a month cannot be booked on a day. Results are whatever the campaign aims at: they are conversions
  only where their indicator names a purchase. Days are those of the ad account.
*/

-- not rows
select _row, case when _problem is null then amount(cost, _decimal) end as total
from rows
where plain(campaign) is null
    or (plain(day) is null and regexp_full_match(lower(trim(campaign)), 'total|totaal|gesamt|合計|results from .*'))

-- refuse
select
    case
        when plain(starts) is null then 'no day in it: choose the breakdown By time > Day'
        else 'a row covers ' || plain(starts) || ' to ' || coalesce(plain(ends), '?') || ': choose the breakdown By time > Day'
    end
from rows
where not regexp_matches(coalesce(day, ''), '\d') and (plain(starts) is null or plain(starts) is distinct from plain(ends))
union all
select 'a row covers ' || plain(day) || ': choose the breakdown By time > Day'
from rows
where regexp_matches(day, '\d.*( - |–|~|〜).*\d')
union all
select 'its days could be day/month or month/day: say which in shop.yml, sources: {meta_ads: {date_order: dmy}}'
from rows
where regexp_matches(coalesce(plain(day), plain(starts)), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- document
select _row, concat_ws('|', moment(coalesce(plain(day), starts), null, _date_order), coalesce(plain(campaign_id), trim(campaign)))
    as document
from rows

-- control
select _row, amount(cost, _decimal) as amount from rows

-- feed: marketing_spend
select
    min(_row) as _row,
    left(moment(coalesce(plain(day), starts), null, _date_order), 10) as spend_date,
    'meta' as platform,
    coalesce(plain(campaign_id), trim(campaign)) as campaign_id,
    min_by(trim(campaign), _row) as campaign_name,
    'paid_social' as medium,
    sum(amount(impressions, _decimal)) as impressions,
    sum(amount(clicks, _decimal)) as clicks,
    sum(amount(cost, _decimal)) as cost,
    min_by(upper(coalesce(plain(currency), regexp_extract(cost_in, '^[A-Za-z]{3}$'))), _row) as currency,
    sum(coalesce(
        amount(purchases, _decimal),
        case when regexp_matches(lower(indicator), 'purchase|購入|aankoop|kauf|achat|compra') then amount(results, _decimal) end
    )) as conversions
from rows
group by all
