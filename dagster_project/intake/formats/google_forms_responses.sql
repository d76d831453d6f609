/*
system: google_forms
name: {en: Google Forms responses, ja: Google フォームの回答}
where: {en: "Form > Responses > Download responses (.csv), with e-mail addresses collected", ja: "フォーム > 回答 > 回答をダウンロード（.csv）（メールアドレスを収集する）"}
has: {answered_at: [タイムスタンプ, Timestamp], email: [メールアドレス, Email Address, Username, ユーザー名, Email address]}
may_have: {customer_id: $customer_id_column, order_id: $order_id_column}
has_not: [Bounce Type, MEMBER_RATING, IP]
whole_rows: true
dates: answered_at
settings: {survey: null, score_column: null, reason_column: null, comment_column: null, customer_id_column: null,
  order_id_column: null, questions: null, date_order: null, time_zone: null}
needs: [survey or questions]
notes: >
  Times are written 2026/11/20 3:15:06 午後 GMT+9 by the form, 2026/11/20 15:15:06 by the sheet, which has the shop's zone. An
  answer has no number: time and e-mail address are its key. Which question is the score, the reason, the comment is said in
  shop.yml, as a file cannot tell; questions says for each of several which survey it is.
*/

-- refuse
select 'has no question ' || unknown_question(_all) || ', which shop.yml names; it has ' || array_to_string(json_keys(cast(_all as json)), ', ')
from rows
where unknown_question(_all) is not null
union all
select 'its days could be day/month or month/day: say which in shop.yml, sources: {google_forms: {date_order: mdy}}'
from rows
where regexp_matches(plain(answered_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- set aside
select _row, 'no answer to a question that shop.yml names' as reason from rows where setting('survey') is null and is_unanswered(_all)

-- view: asked
select
    *,
    array_to_string(answers(_all, reason), ' | ') as reasons
from (
    select *, setting('survey') as survey, setting('score_column') as score, setting('reason_column') as reason, setting('comment_column') as comment, '' as suffix
    from rows
    where setting('survey') is not null
    union all
    select rows.*, survey, case when not ends_with(survey, 'reason') then question end, case when ends_with(survey, 'reason') then question end, null, ':' || survey
    from rows
    cross join (
        select unnest(map_keys(said)) as question, unnest(map_values(said)) as survey
        from (select cast(cast(setting('questions') as json) as map(varchar, varchar)) as said)
    ) as questions
    where len(answers(_all, question)) > 0
) as each_question

-- view: timed
select *, moment(answered_at, setting('time_zone'), _date_order) as responded_at from asked

-- feed: surveys
select
    _row,
    concat_ws(':', getvariable('shop'), with_offset(responded_at), lower(plain(email))) || suffix as response_id,
    plain(customer_id) as customer_id,
    plain(email) as email,
    plain(order_id) as order_id,
    survey,
    responded_at,
    score_of(answers(_all, score)[1]) as score,
    nullif(regexp_replace(reasons, '\s*;\s*', ' | ', 'g'), '') as reason_code,
    array_to_string(answers(_all, comment), ' | ') as comment
from timed
