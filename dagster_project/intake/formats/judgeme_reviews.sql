/*
system: judgeme
name: {en: Judge.me reviews, ja: Judge.me レビュー}
where: {en: "Judge.me > Manage reviews > Export", ja: "Judge.me > Manage reviews > Export"}
has: {body: body, rating: rating, written_at: review_date, email: reviewer_email, handle: product_handle}
may_have: {product_id: product_id, curated: curated, replied_at: [reply_date, replied_at]}
dates: written_at
settings: {date_order: null, time_zone: null}
notes: >
  There is no number: article, e-mail address and time as delivered are the key, so that an edited text stays one review.
  Spam is set aside. Titles are in no feed.
*/

-- set aside
select _row, 'curated = spam' as reason from rows where lower(trim(curated)) = 'spam'

-- feed: reviews
select
    _row,
    concat_ws(':', getvariable('shop'), coalesce(plain(product_id), plain(handle)), lower(plain(email)),
        regexp_replace(plain(written_at), ' UTC$', '')) as review_id,
    plain(email) as email,
    coalesce(plain(product_id), plain(handle)) as product_id,
    plain(rating) as rating,
    moment(written_at, setting('time_zone'), _date_order) as created_at,
    moment(replied_at, setting('time_zone'), _date_order) as replied_at,
    plain(body) as body
from rows
