/*
system: yotpo
name: {en: Yotpo reviews, ja: Yotpo レビュー}
where: {en: "Reviews > Moderation > Export", ja: "Reviews > Moderation > Export"}
has: {title: Review Title, content: Review Content, score: Review Score}
may_have:
  written_at: [Date, Review Creation Date, Review Date, Created At]
  product_id: [Product ID, Product External ID, SKU]
  email: [Email, Reviewer Email, User Email, Customer Email, Email Address]
  replied_at: [Comment Date, Reply Date, Public Comment Date]
dates: written_at
settings: {date_order: null, time_zone: null}
notes: >
  There is no number: article, e-mail address and day are the key. A score of 0 is none and is quarantined. Titles are in no
  feed.
*/

-- refuse
select 'its days could be day/month or month/day: say which in shop.yml, sources: {yotpo: {date_order: dmy}}'
from rows
where regexp_matches(plain(written_at), '^\d{1,2}[-/]\d{1,2}[-/]\d{4}') and _date_order is null

-- feed: reviews
select
    _row,
    concat_ws(':', getvariable('shop'), plain(product_id), lower(plain(email)), left(moment(written_at, null, _date_order), 10)) as review_id,
    plain(email) as email,
    plain(product_id) as product_id,
    plain(score) as rating,
    moment(written_at, setting('time_zone'), _date_order) as created_at,
    moment(replied_at, setting('time_zone'), _date_order) as replied_at,
    plain(content) as body
from rows
