/*
system: ga4_report
name: {en: Google Analytics 4 report or exploration, ja: Google アナリティクス 4 のレポート・データ探索}
has:
  dimension:
    - Page path and screen class
    - Page path + query string
    - Page path
    - Page title and screen class
    - Page title
    - Landing page
    - Landing page + query string
    - Session source / medium
    - Session default channel group
    - Session primary channel group (Default Channel Group)
    - First user default channel group
    - Session campaign
    - Event name
    - ページパス + クエリ文字列
    - ページ パスとスクリーン クラス
    - ページパスとスクリーンクラス
    - ページ パス
    - ページ タイトル
    - ページ タイトルとスクリーン クラス
    - ランディング ページ
    - ランディング ページ + クエリ文字列
    - セッションの参照元 / メディア
    - セッションのデフォルト チャネル グループ
    - セッションのメインのチャネル グループ（デフォルト チャネル グループ）
    - セッションのキャンペーン
    - イベント名
  measure:
    - Views
    - Sessions
    - Active users
    - Total users
    - Event count
    - Engaged sessions
    - 表示回数
    - セッション
    - アクティブ ユーザー
    - 総ユーザー数
    - イベント数
    - エンゲージのあったセッション数
has_not: [event_params]
refused: >-
  a GA4 report is added up over visits and over days: it holds no single visit. Deliver the BigQuery export
  (管理 > BigQuery のリンク / Admin > BigQuery links).
*/
