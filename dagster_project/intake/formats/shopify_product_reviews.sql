/*
system: shopify_product_reviews
prefix: shopify_reviews
name: {en: Shopify Product Reviews, ja: Shopify Product Reviews}
where: {en: "Apps > Product Reviews > Settings > Export", ja: "アプリ > Product Reviews > 設定 > エクスポート"}
has: {handle: product_handle, state: state, rating: rating, author: author, created_at: created_at, replied_at: replied_at}
may_have: {email: email, body: body}
settings: {time_zone: null}
notes: >
  Only the handle names the article. Handle, e-mail address and time as delivered are the key. Unpublished reviews are taken;
  spam is set aside.
*/

-- set aside
select _row, 'state = spam' as reason from rows where lower(trim(state)) in ('spam', 'flagged as spam')

-- feed: reviews
select
    _row,
    concat_ws(':', getvariable('shop'), plain(handle), lower(plain(email)), plain(created_at)) as review_id,
    plain(email) as email,
    plain(handle) as product_id,
    plain(rating) as rating,
    moment(created_at, setting('time_zone')) as created_at,
    moment(replied_at, setting('time_zone')) as replied_at,
    plain(body) as body
from rows
