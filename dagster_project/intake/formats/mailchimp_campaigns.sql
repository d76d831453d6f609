/*
system: mailchimp
name: {en: Mailchimp campaigns (counts), ja: Mailchimp キャンペーン（集計値）}
where: {en: "not taken: export the account", ja: "取り込み不可: アカウントを書き出します"}
has: {title: [Title, Campaign Name], deliveries: Successful Deliveries, hard: Hard Bounces, opens: Unique Opens}
refused: "counts per campaign, no persons: mail KPIs need events (Account > Settings > Manage my data > Export, with its folders)"
*/
