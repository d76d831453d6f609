/*
system: loox
name: {en: Loox reviews, ja: Loox レビュー}
where: {en: "Loox > Reviews > More actions > Export reviews", ja: "Loox > Reviews > More actions > Export reviews"}
has: {id: id, rating: rating, nickname: nickname, review: review, product_id: productId}
may_have: {status: status, email: email, written_at: date, replied_at: [reply_date, replyDate], verified: verified_purchase}
settings: {time_zone: null}
notes: A review that the shop hides is still the customer's voice and is taken; spam is not.
*/

-- set aside
select _row, 'status = ' || lower(trim(status)) as reason from rows where lower(trim(status)) in ('spam', 'deleted')

-- feed: reviews
select
    _row,
    prefixed(id) as review_id,
    plain(email) as email,
    plain(product_id) as product_id,
    plain(rating) as rating,
    moment(written_at, setting('time_zone')) as created_at,
    moment(replied_at, setting('time_zone')) as replied_at,
    plain(review) as body
from rows
