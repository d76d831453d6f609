-- One row per campaign. `months` are those in which it runs.
create table campaigns as
select * from (values
    ('google', 'g-brand', 'ブランド検索', 'cpc', 0.16, 55, range(1, 13)),
    ('google', 'g-shopping', 'ショッピング広告', 'cpc', 0.26, 48, range(1, 13)),
    ('meta', 'm-prospecting', '新規獲得', 'paid_social', 0.24, 75, range(1, 13)),
    ('meta', 'm-mothersday', '母の日', 'paid_social', 0.30, 70, [4, 5]),
    ('line', 'l-friends', '友だち追加', 'paid_social', 0.14, 60, [3, 4, 5, 6, 7, 10, 11, 12]),
    ('yahoo', 'y-search', '検索広告', 'cpc', 0.14, 65, [1, 2, 6, 7, 8, 9, 11, 12]),
    ('yahoo', 'y-yearend', '年末ギフト', 'cpc', 0.35, 60, [11, 12])
) as campaigns (platform, campaign_id, campaign_name, medium, share, cost_per_click, months);
