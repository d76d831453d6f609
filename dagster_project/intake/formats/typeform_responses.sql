/*
system: typeform
name: {en: Typeform responses, ja: Typeform 回答}
where: {en: "Results > Responses > Download > CSV", ja: "結果 > 回答 > ダウンロード > CSV"}
has: {id: "#", started_at: Start Date (UTC), submitted_at: Submit Date (UTC)}
may_have:
  customer_id: [$customer_id_column, customer_id]
  email: [email, Email, メールアドレス]
  order_id: [$order_id_column, order_id]
whole_rows: true
settings: {survey: null, score_column: null, reason_column: null, comment_column: null, customer_id_column: null,
  order_id_column: null, questions: null}
needs: [survey or questions]
notes: >
  Which question is the score, the reason, the comment is said in shop.yml, as a file cannot tell; questions says for each of
  several which survey it is. Hidden fields are columns. Several choices are written " / A / B". Times are UTC.
*/

-- refuse
select 'has no question ' || unknown_question(_all) || ', which shop.yml names; it has ' || array_to_string(json_keys(cast(_all as json)), ', ')
from rows
where unknown_question(_all) is not null

-- set aside
select _row, 'not submitted' as reason from rows where plain(submitted_at) is null
union all
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
    moment(submitted_at, 'UTC') as responded_at,
    score_of(answers(_all, score)[1]) as score,
    nullif(case
        when starts_with(reasons, '/ ') then regexp_replace(regexp_replace(reasons, '^/ ', ''), ' / ', ' | ', 'g')
        else reasons
    end, '') as reason_code,
    array_to_string(answers(_all, comment), ' | ') as comment
from asked
