-- One row per article. A companion is bought together with its article more often than chance would
-- have it.
create table products as
with goods as (
    select * from (values
        (1, '波佐見焼 飯碗', '器', '青磁工房', 2400), (2, '有田焼 平皿 五寸', '器', '青磁工房', 3200),
        (3, '信楽焼 湯呑', '器', '山里窯', 1800), (4, '九谷焼 豆皿 三枚組', '器', '山里窯', 4200),
        (5, '漆の椀', '器', '木と漆', 6800), (6, '竹の箸 夫婦', '器', '木と漆', 2200),
        (7, '常滑焼 急須', '器', '山里窯', 7600), (8, '硝子の酒器', '器', '青磁工房', 5400),
        (9, '煎茶 八十八夜', '茶', '霧の茶園', 1200), (10, '玉露 極', '茶', '霧の茶園', 2800),
        (11, 'ほうじ茶 二百瓦', '茶', '霧の茶園', 900), (12, '抹茶 缶入', '茶', '宇治の蔵', 1900),
        (13, '和紅茶', '茶', '宇治の蔵', 1400), (14, '玄米茶', '茶', '宇治の蔵', 800),
        (15, '茶の詰め合わせ', '茶', '霧の茶園', 4800), (16, '水出し茶 二十包', '茶', '宇治の蔵', 1300),
        (17, '和紙の便箋', '文具', '紙の庭', 980), (18, '万年筆 桜', '文具', '墨屋', 12800),
        (19, '筆ペン 三色', '文具', '墨屋', 1500), (20, '手帳 二〇二六', '文具', '紙の庭', 2600),
        (21, '千代紙 三十枚', '文具', '紙の庭', 700), (22, '硯箱', '文具', '墨屋', 9800),
        (23, '一筆箋', '文具', '紙の庭', 480), (24, '真鍮の定規', '文具', '墨屋', 2100),
        (25, '栗の甘露煮', '食品', '里の味', 1600), (26, '昆布の佃煮', '食品', '里の味', 1100),
        (27, '米 二瓩', '食品', '里の味', 1980), (28, '蜂蜜 百花', '食品', '里の味', 2300),
        (29, '最中 十個入', '食品', '菓子司 ゆき', 2500), (30, '羊羹 三本', '食品', '菓子司 ゆき', 3300),
        (31, '金平糖', '食品', '菓子司 ゆき', 650), (32, '味噌 木桶仕込み', '食品', '里の味', 1250),
        (33, '電気ケトル 鉄色', '家電', '匠電器', 14800), (34, '珈琲ミル', '家電', '匠電器', 9800),
        (35, '土鍋炊飯器', '家電', '匠電器', 32000), (36, '卓上ライト 和紙', '家電', '匠電器', 11800)
    ) as goods (product_no, name, category, brand, price)
),

others as (
    select * from (values
        (90, '延長保証 三年', '保証', null, 'warranty', 1500, 300),
        (91, 'ギフト包装', 'サービス', null, 'service', 300, 80),
        (92, '年会員', '会員', null, 'membership', 3000, 0),
        (93, 'ギフトカード', 'ギフトカード', null, 'gift_card', 5000, null)
    ) as others (product_no, name, category, brand, kind, price, unit_cost)
)

select
    product_no,
    format('P{:03d}', product_no) as product_id,
    name,
    category,
    brand,
    'goods' as kind,
    price,
    -- The cost of a few articles is not known to the shop.
    case when product_no not in (6, 24, 31)
        then round(price * (0.38 + 0.01 * (product_no % 17))) end as unit_cost,
    (product_no * 7 + 3) % 36 + 1 as companion_no
from goods
union all
select
    product_no,
    format('P{:03d}', product_no) as product_id,
    name,
    category,
    brand,
    kind,
    price,
    unit_cost,
    null as companion_no
from others;
