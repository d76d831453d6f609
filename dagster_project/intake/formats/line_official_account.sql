/*
system: line_official_account
name: {en: LINE Official Account statistics, ja: LINE公式アカウント 統計}
where: {en: "not taken", ja: "取り込み不可"}
parts:
  friends: {has: {date: date, contacts: contacts, reaches: targetReaches, blocks: blocks}}
  friends_ja: {has: {date: [日付, 日], friends: [友だち追加, 友だち追加数, 友だち数], reaches: [ターゲットリーチ, ターゲットリーチ数], blocks: [ブロック, ブロック数]}}
refused: "counts of friends per day, no persons: no feed holds them. Events per person come from your own bot: email_events with channel line."
*/
