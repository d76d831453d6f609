/*
system: surveymonkey
name: {en: SurveyMonkey responses, ja: SurveyMonkey 回答}
where: {en: "Analyze results > Save as > Export file > All responses data, .csv", ja: "結果の分析 > 名前を付けて保存 > ファイルのエクスポート > すべての回答データ .csv"}
has: {id: [Respondent ID, 回答者 ID], collector: [Collector ID, コレクター ID, コレクタ ID], started_at: [Start Date, 開始日, Date Created],
  ended_at: [End Date, 終了日, Date Modified]}
may_have:
  customer_id: $customer_id_column
  email: [Email Address, メールアドレス, Email]
  order_id: $order_id_column
whole_rows: true
dates: started_at
date_order: mdy
settings: {survey: null, score_column: null, reason_column: null, comment_column: null, customer_id_column: null,
  order_id_column: null, questions: null, date_order: null, time_zone: null}
needs: [survey or questions]
notes: >
  Below the header stands a second one; a choice that has no question above it belongs to the last question that has one.
  Which question is the score, the reason, the comment is said in shop.yml, as a file cannot tell; questions says for each of
  several which survey it is. Days are written month/day/year unless a number above 12 or the setting says otherwise.
*/

-- not rows
select _row from rows where plain(id) is null and plain(started_at) is null

-- refuse
select 'has no question ' || unknown_question(_all) || ', which shop.yml names; it has ' || array_to_string(json_keys(cast(_all as json)), ', ')
from rows
where unknown_question(_all) is not null

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

-- feed: surveys
select
    _row,
    prefixed(id) || suffix as response_id,
    plain(customer_id) as customer_id,
    plain(email) as email,
    plain(order_id) as order_id,
    survey,
    moment(coalesce(plain(ended_at), started_at), setting('time_zone'), _date_order) as responded_at,
    score_of(answers(_all, score)[1]) as score,
    nullif(reasons, '') as reason_code,
    array_to_string(answers(_all, comment), ' | ') as comment
from asked
