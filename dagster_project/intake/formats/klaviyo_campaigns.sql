/*
system: klaviyo
name: {en: Klaviyo campaigns (counts), ja: Klaviyo キャンペーン（集計値）}
where: {en: "not taken: export events", ja: "取り込み不可: イベントを書き出します"}
has: {campaign: [Campaign Name, Name], recipients: [Total Recipients, Recipients], opens: [Unique Opens, Opens], clicks: [Unique Clicks, Clicks], bounces: Bounces}
refused: "counts per campaign, no persons: mail KPIs need events (Klaviyo events, API or Fivetran/dlt)"
*/
