-- One row per true person whom the shop can come to know: members, guests and people who never buy.
-- purchase_rate ~ Gamma(1.5, scale 1 / (1.5 mean_gap_days)) per average day, dropout ~ Beta(1,
-- dropout_b): the MBG/NBD model, in which people can be lost after each purchase, the first
-- included.
create table persons as
with drawn as (
    select
        range::integer + 1 as person_no,
        -- Families and people with two accounts are members.
        if((range + 1) % 100 in (1, 2) or (range + 1) % 50 = 7, 0.3, uniform('kind', range)) as u_kind,
        uniform('registered', range) as u_registered,
        getvariable('days') * pow(uniform('born', range), 0.8) as born_time,
        pick(
            ['sato|佐藤', 'suzuki|鈴木', 'takahashi|髙橋', 'tanaka|田中', 'ito|伊藤', 'watanabe|渡邊', 'yamamoto|山本',
                'nakamura|中村', 'kobayashi|小林', 'kato|加藤', 'yoshida|吉田', 'yamada|山田', 'sasaki|佐々木',
                'yamaguchi|山口', 'matsumoto|松本', 'inoue|井上', 'kimura|木村', 'hayashi|林', 'shimizu|清水',
                'yamazaki|山﨑', 'mori|森', 'abe|阿部', 'ikeda|池田', 'hashimoto|橋本', 'ishikawa|石川', 'ogawa|小川',
                'okada|岡田', 'goto|後藤', 'hasegawa|長谷川', 'murakami|村上', 'kondo|近藤', 'sakamoto|坂本'],
            uniform('family', range)) as family,
        uniform('gender', range) < 0.64 as is_woman,
        uniform('given', range) as u_given
    from range(getvariable('customers'))
),

named as (
    select
        *,
        case
            when is_woman then pick(
                ['yoko|陽子', 'keiko|恵子', 'misaki|美咲', 'aoi|葵', 'sakura|さくら', 'yui|結衣', 'haruka|遥', 'naomi|直美',
                    'akiko|明子', 'mai|舞', 'rin|凛', 'tomoko|智子', 'emi|絵美', 'kaori|香織'], u_given)
            else pick(
                ['hiroshi|浩', 'takashi|隆', 'kenta|健太', 'daiki|大輝', 'ren|蓮', 'sho|翔', 'makoto|誠', 'yuta|優太',
                    'kazuo|和夫', 'naoki|直樹', 'shinji|慎二', 'ryo|亮'], u_given)
        end as given
    from drawn
)

select
    person_no,
    format('person-{:07d}', person_no) as person,
    case when u_kind < 0.62 then 'member' when u_kind < 0.82 then 'guest' else 'prospect' end as kind,
    split_part(family, '|', 2) || ' ' || split_part(given, '|', 2) as name,
    case when is_woman then '女性' else '男性' end as gender,
    pick(
        ['東京都', '東京都', '東京都', '大阪府', '大阪府', '神奈川県', '神奈川県', '愛知県', '埼玉県', '千葉県', '兵庫県', '福岡県',
            '北海道', '京都府', '静岡県', '広島県', '宮城県', '長野県', '新潟県', '石川県', '岡山県', '熊本県', '鹿児島県', '沖縄県'],
        uniform('prefecture', person_no)) as prefecture,
    least(2006, greatest(1940, round(1981 + 13 * normal('birth', person_no))))::integer as birth_year,
    split_part(family, '|', 1) || '.' || split_part(given, '|', 1) || person_no
    || pick(['@example.com', '@example.jp'], uniform('domain', person_no)) as email,
    -- No Japanese mobile number begins with 0900: none of these can belong to anybody.
    '+8190' || lpad(person_no::varchar, 8, '0') as phone,
    case when uniform('line', person_no) < 0.4 then 'U' || md5('line' || getvariable('seed') || person_no) end
        as line_user_id,
    format('C{:07d}', person_no) as customer_id,
    u_kind < 0.62 or u_kind >= 0.92 as is_registered,
    -- Some register long before they buy, some with the first order, some only after it as guests.
    case when u_registered < 0.25 then -1 when u_registered < 0.85 then 0 else 1 end as registers,
    born_time,
    gamma_three_halves('rate', person_no) / (1.5 * getvariable('mean_gap_days')) as purchase_rate,
    1 - pow(1 - uniform('dropout', person_no), 1 / getvariable('dropout_b')) as dropout,
    exp(0.55 * normal('spend', person_no)) as spend,
    normal('happy', person_no) as happiness,
    pick(['器', '器', '茶', '茶', '文具', '食品', '食品', '家電'], uniform('category', person_no)) as favourite_category,
    uniform('accepts', person_no) as u_accepts,
    uniform('accepts-email', person_no) < 0.72 as accepts_email,
    uniform('accepts-sms', person_no) < 0.25 as accepts_sms,
    uniform('accepts-ads', person_no) < 0.5 as accepts_ads,
    uniform('member', person_no) < 0.12 as is_member
from named;
