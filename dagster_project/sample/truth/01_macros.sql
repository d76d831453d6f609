-- Chance without order: every draw is a function of the seed, a name and a key, so that neither the
-- number of threads nor the order of rows can change a byte. md5 is used as it never changes.

create macro uniform(name, key) as
    md5_number(concat_ws('|', getvariable('seed'), name, key))::double / pow(2.0, 128);

create macro exponential(name, key) as -ln(1 - uniform(name, key));

-- Box and Muller's transformation.
create macro normal(name, key) as
    sqrt(2 * exponential(name || '-r', key)) * cos(2 * pi() * uniform(name || '-phi', key));

-- A gamma variate of shape 3/2 and scale 1: an exponential one plus half a squared normal one.
create macro gamma_three_halves(name, key) as
    exponential(name || '-e', key) + pow(normal(name || '-n', key), 2) / 2;

create macro pick(choices, u) as choices[1 + floor(u * len(choices))::integer];

create macro whole(low, high, u) as low + floor(u * (high - low + 1))::integer;

-- A time of day: few at night, most after dinner.
create macro time_of_day(name, key) as
    to_hours(pick(
        [0, 1, 7, 8, 8, 9, 10, 10, 11, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 21, 21,
            22, 22, 22, 23, 23],
        uniform(name || '-hour', key)))
    + to_seconds(whole(0, 3599, uniform(name || '-second', key)));

-- The day on which the shop delivers what happened on `day`: the same day near the end, before that
-- the first day after a period of `months` months.
create macro delivered_on(day, months) as
    case
        when day is null then null
        when day >= getvariable('daily_from') then day
        else least(
            getvariable('daily_from'),
            (date '2000-01-01' + to_months(
                ((date_diff('month', date '2000-01-01', day) // months + 1) * months)::integer))::date)
    end;

-- The ways in which people write one address or one number.
create macro full_width(ascii) as translate(
    ascii,
    'abcdefghijklmnopqrstuvwxyz0123456789.@',
    'ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９．＠');

create macro email_as_typed(email, u) as
    case
        when u < 0.06 then upper(email)
        when u < 0.10 then full_width(email)
        when u < 0.13 then ' ' || email
        else email
    end;

create macro phone_as_typed(phone, u) as
    case
        when u < 0.35 then '090-' || phone[6:9] || '-' || phone[10:13]
        when u < 0.55 then '+81 90' || phone[6:]
        when u < 0.70 then full_width('090' || phone[6:])
        else '090' || phone[6:]
    end;

-- An amount as the shop writes it: the yen and the won have no decimals.
create macro money(amount, currency) as
    case
        when currency in ('USD', 'EUR') then amount::decimal(18, 2)::varchar
        else amount::decimal(18, 0)::varchar
    end;
