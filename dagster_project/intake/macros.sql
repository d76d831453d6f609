-- What every format may say. Variables are set for each translation: shop, time_zone, currency, delivery_day,
-- settings (a map: the source's own settings over the format's defaults).

-- A setting of the source, as text; null when there is none.
create macro setting(name) as getvariable('settings')[name];

-- A text without white space around it and without the guards of spreadsheets: ' in front, ="…" around.
create macro plain(t) as nullif(regexp_replace(regexp_replace(regexp_replace(
    t, '^\s*=?"([^"]*)"\s*$', '\1'), '^\s*''', ''), '^[\s\x{3000}]+|[\s\x{3000}]+$', '', 'g'), '');

-- The same with full-width digits and signs as plain ones, for numbers and times.
create macro narrow(t) as translate(plain(t), '０１２３４５６７８９．，－＋／：　', '0123456789.,-+/: ');

-- An id that the vendor gave, made one of this shop alone.
create macro prefixed(id) as getvariable('shop') || ':' || regexp_replace(plain(id), '^(\d+)\.0+$', '\1');

-- A fraction of two decimals, rounded half away from zero to four decimals, without a float in between.
create macro divided(a, b) as cast(
    case when b <> 0 then
        sign(a) * sign(b)
        * cast((2 * abs(cast(cast(a as decimal(38, 8)) * 100000000::decimal(9, 0) as hugeint))
            + abs(cast(cast(b as decimal(28, 4)) * 10000::decimal(5, 0) as hugeint)))
            // (2 * abs(cast(cast(b as decimal(28, 4)) * 10000::decimal(5, 0) as hugeint))) as decimal(30, 0))
        * 0.0001::decimal(5, 4)
    end as decimal(18, 4));

-- A price that includes tax of so many percent, without it.
create macro without_tax(price, rate) as divided(price * 100::decimal(5, 0), 100::decimal(5, 0) + cast(rate as decimal(9, 4)));

-- The tax of the shop, in percent, for an article by its own number.
create macro tax_rate_of(sku) as cast(
    case when list_contains(string_split(coalesce(setting('reduced_products'), ''), '|'), plain(sku))
        then coalesce(setting('reduced_tax_rate'), '8') else coalesce(setting('tax_rate'), '10') end as decimal(9, 4));

create macro digits_of(t) as regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    narrow(t), '[\s\x{00A0}\x{202F}\x{2009}''’]|\p{Sc}|円|%$', '', 'g'),
    '^\((.*)\)$', '-\1'), '^([+-]?)[A-Za-z]{1,3}\.?', '\1'), '[A-Za-z]{1,3}$', '');

-- Money or another number, however it is written; null when there is none or it cannot be read.
create macro amount(t, decimal_sign := '.') as try_cast(
    case
        when coalesce(decimal_sign, '.') = ','
            then case when regexp_full_match(digits_of(t), '[+-]?(\d+|\d{1,3}(\.\d{3})+)?(,\d+)?')
                then replace(replace(digits_of(t), '.', ''), ',', '.') end
        when regexp_full_match(digits_of(t), '[+-]?(\d+|\d{1,3}(,\d{2,3})*,\d{3})?(\.\d*)?')
            then replace(digits_of(t), ',', '')
    end as decimal(18, 4));

create macro in_shop_time(utc) as timezone(getvariable('time_zone'), timezone('UTC', utc));

-- Wall time in the shop of so many microseconds since 1970.
create macro since_1970(microseconds) as cast(in_shop_time(make_timestamp(try_cast(microseconds as bigint))) as varchar);

-- The day of a written time as YYYY-MM-DD; a day or month first only when the order is said.
create macro day_in(s, date_order) as case
    when regexp_matches(s, '^\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}') then
        regexp_extract(s, '^(\d{4})', 1)
        || '-' || lpad(regexp_extract(s, '^\d{4}[-/.年]\s?(\d{1,2})', 1), 2, '0')
        || '-' || lpad(regexp_extract(s, '^\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?(\d{1,2})', 1), 2, '0')
    when regexp_matches(s, '^\d{8}$') then left(s, 4) || '-' || substr(s, 5, 2) || '-' || right(s, 2)
    when regexp_matches(s, '^\d{1,2}\.\d{1,2}\.\d{4}') then  -- with dots the day comes first everywhere
        regexp_extract(s, '^\d{1,2}\.\d{1,2}\.(\d{4})', 1)
        || '-' || lpad(regexp_extract(s, '^\d{1,2}\.(\d{1,2})', 1), 2, '0')
        || '-' || lpad(regexp_extract(s, '^(\d{1,2})', 1), 2, '0')
    when regexp_matches(s, '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and date_order in ('dmy', 'mdy') then
        regexp_extract(s, '^\d{1,2}[-/]\d{1,2}[-/](\d{4})', 1)
        || '-' || lpad(regexp_extract(s, case date_order when 'mdy' then '^(\d{1,2})' else '^\d{1,2}[-/](\d{1,2})' end, 1), 2, '0')
        || '-' || lpad(regexp_extract(s, case date_order when 'mdy' then '^\d{1,2}[-/](\d{1,2})' else '^(\d{1,2})' end, 1), 2, '0')
    when regexp_matches(s, '^[A-Za-z]{3,9}\.? \d{1,2},? \d{4}') then cast(coalesce(
        try_strptime(regexp_extract(replace(s, ',', ''), '^[A-Za-z]+ \d{1,2} \d{4}'), '%b %-d %Y'),
        try_strptime(regexp_extract(replace(s, ',', ''), '^[A-Za-z]+ \d{1,2} \d{4}'), '%B %-d %Y')) as date)::varchar
    when regexp_matches(s, '^\d{1,2} [A-Za-z]{3,9} \d{4}') then cast(coalesce(
        try_strptime(regexp_extract(s, '^\d{1,2} [A-Za-z]+ \d{4}'), '%-d %b %Y'),
        try_strptime(regexp_extract(s, '^\d{1,2} [A-Za-z]+ \d{4}'), '%-d %B %Y')) as date)::varchar
end;

-- The time of day of a written time, 00:00:00 when there is none.
create macro clock_in(s) as case
    when not regexp_matches(s, '\d{1,2}:\d{2}|\d{1,2}時') then '00:00:00'
    else lpad(cast(
            case
                when regexp_matches(s, '(?i)(午後|\d ?p\.?m\b|\d ?p\.m\.)')
                    then cast(regexp_extract(s, '(\d{1,2})[:時]\d{2}', 1) as integer) % 12 + 12
                when regexp_matches(s, '(?i)(午前|\d ?a\.?m\b|\d ?a\.m\.)')
                    then cast(regexp_extract(s, '(\d{1,2})[:時]\d{2}', 1) as integer) % 12
                else cast(regexp_extract(s, '(\d{1,2})[:時]\d{2}', 1) as integer)
            end as varchar), 2, '0')
        || ':' || regexp_extract(s, '\d{1,2}[:時](\d{2})', 1)
        || ':' || coalesce(nullif(regexp_extract(s, '\d{1,2}[:時]\d{2}[:分](\d{2})', 1), ''), '00')
        || regexp_extract(s, '\d{1,2}:\d{2}:\d{2}(\.\d{1,6})', 1)
end;

-- Minutes by which a written time is ahead of UTC; null when it does not say.
create macro offset_in(s) as case
    when regexp_matches(s, '\d\s*(午前|午後|(?i)[ap]m)?\s*(UTC|GMT)?[+-]\d{1,2}(:?\d{2})?$') and regexp_matches(s, ':\d{2}.*[+-]\d{1,2}(:?\d{2})?$')
        then case when regexp_extract(s, '([+-])\d{1,2}(:?\d{2})?$', 1) = '-' then -1 else 1 end
            * (60 * cast(regexp_extract(s, '[+-](\d{2}|\d)(:?\d{2})?$', 1) as integer)
            + coalesce(try_cast(regexp_extract(s, '[+-]\d{1,2}:?(\d{2})$', 1) as integer), 0))
    when regexp_matches(s, '\d(Z| ?UTC| ?GMT| ?\+0000 UTC)$') then 0
    when regexp_matches(s, ' JST$') then 540
end;

create macro wall_time(s, zone, date_order) as case
    when offset_in(s) is not null then in_shop_time(
        try_cast(day_in(s, date_order) || ' ' || clock_in(s) as timestamp) - to_minutes(cast(offset_in(s) as bigint)))
    when zone is not null then timezone(getvariable('time_zone'), timezone(zone,
        try_cast(day_in(s, date_order) || ' ' || clock_in(s) as timestamp)))
    else try_cast(day_in(s, date_order) || ' ' || clock_in(s) as timestamp)
end;

-- A written time as wall time of the shop; one that cannot be read stays as it is, and typing says so.
-- zone: where times without an offset were written (null: in the shop's zone).
create macro moment(t, zone := null, date_order := null) as
    coalesce(cast(wall_time(narrow(t), zone, date_order) as varchar), plain(t));

-- A written truth: true, false, or null.
create macro truth(t) as case
    when lower(plain(t)) in ('true', 't', 'yes', 'y', '1', 'on', 'はい', '○') then true
    when lower(plain(t)) in ('false', 'f', 'no', 'n', '0', 'off', 'いいえ', '×') then false
end;

-- Wall time in the shop of so many seconds since 1970, or of a written time.
create macro since_1970_seconds(t, zone := null) as coalesce(
    since_1970(try_cast(round(try_cast(plain(t) as double) * 1000000) as bigint)), moment(t, zone));

-- Start of the day of delivery: from when on a statement without a time holds.
create macro start_of_delivery() as getvariable('delivery_day') || ' 00:00:00';

-- What was answered to a question of a form in a whole row (`_all`), a list: several choices have a column each.
create macro answers(whole, question) as list_filter(
    list_transform(
        list_filter(map_entries(cast(cast(whole as json) as map(varchar, varchar))), lambda entry:
            regexp_replace(lower(trim(entry.key)), '#\d+$', '') = lower(trim(question)) or lower(trim(entry.key)) = lower(trim(question))),
        lambda entry: trim(entry.value)),
    lambda answer: answer <> '');

create macro has_question(whole, question) as list_contains(
    list_transform(json_keys(cast(whole as json)), lambda name: lower(trim(name))), lower(trim(question)));

-- The first setting of a form that names a question which the form does not have.
create macro unknown_question(whole) as list_filter(
    list_concat(
        [setting(name) for name in ['score_column', 'reason_column', 'comment_column', 'customer_id_column', 'order_id_column']],
        coalesce(json_keys(cast(setting('questions') as json)), [])),
    lambda question: question is not null and not has_question(whole, question))[1];

-- Whether none of the questions that the settings of a form name has an answer.
create macro is_unanswered(whole) as len(list_filter(
    json_keys(cast(setting('questions') as json)), lambda question: len(answers(whole, question)) > 0)) = 0;

-- The number that a scale's answer begins with: 9 of "9 - likely".
create macro score_of(answer) as coalesce(nullif(regexp_extract(narrow(answer), '^\d+(\.\d+)?'), ''), answer);

-- The channel of a support ticket by the tool's word for it.
create macro ticket_channel(word) as case
    when regexp_matches(lower(word), 'chat|messaging|^conversation$|messenger|sdk') and not regexp_matches(lower(word), 'facebook') then 'chat'
    when regexp_matches(lower(word), 'voice|phone|^call') then 'phone'
    when regexp_matches(lower(word), 'facebook|twitter|^x$|^line|instagram|whatsapp|wechat|telegram|social|any_channel') then 'social'
    else 'email'
end;

-- Minutes by which the shop's clock is ahead of UTC at a wall time.
create macro ahead_of_utc(wall) as cast(date_diff('minute',
    timezone('UTC', timezone(getvariable('time_zone'), try_cast(wall as timestamp))), try_cast(wall as timestamp)) as integer);

-- Wall time of the shop as 2026-11-20T15:15:06+09:00, the same whatever zone it was written in.
create macro with_offset(wall) as coalesce(
    strftime(try_cast(wall as timestamp), '%Y-%m-%dT%H:%M:%S') || format('{}{:02d}:{:02d}',
        case when ahead_of_utc(wall) < 0 then '-' else '+' end, abs(ahead_of_utc(wall)) // 60, abs(ahead_of_utc(wall)) % 60),
    wall);
