/*
system: ga4_report
name: {en: GA4 report or exploration (counts), ja: GA4 レポート・探索（集計値）}
where: {en: "not taken: set up the BigQuery export", ja: "取り込み不可: BigQuery エクスポートを使います"}
parts:
  pages:
    has:
      path: [Page path and screen class, Page path + query string, Page title and screen class, Page title and screen name,
        Page path, Landing page, Landing page + query string, ページパス + クエリ文字列, ページ パスとスクリーン クラス,
        ページ パス + クエリ文字列とスクリーン クラス, ページ タイトルとスクリーン クラス, ランディング ページ,
        ランディング ページ + クエリ文字列, ページパス]
      views: [Views, 表示回数, Sessions, セッション]
  channels:
    has:
      sessions: [Sessions, セッション]
      engaged: [Engaged sessions, エンゲージのあったセッション数, Engagement rate, エンゲージメント率]
  users:
    has:
      users: [Active users, アクティブ ユーザー, アクティブ ユーザー数, New users, 新規ユーザー数, Total users, 総ユーザー数]
      events: [Event count, イベント数, Engaged sessions, エンゲージのあったセッション数, Views, 表示回数]
refused: "a GA4 report is added up over visits and over days: it holds no single visit. Deliver the BigQuery export."
*/
