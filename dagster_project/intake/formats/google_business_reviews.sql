/*
system: google_business
name: {en: Google Business Profile reviews, ja: Google ビジネス プロフィールのクチコミ}
where: {en: "API accounts.locations.reviews, or Google Takeout > Business Profile", ja: "API accounts.locations.reviews、または Google データエクスポート"}
has: {id: reviewId, stars: starRating, created_at: createTime}
may_have: {comment: comment, reply: reviewReply}
notes: >
  Stars are words. A review is of the shop, not of an article, and by nobody who could be found: there are names to show
  only. Nulls in the list are set aside.
*/

-- set aside
select _row, 'null' as reason from rows where id is null and stars is null and created_at is null

-- feed: reviews
select
    _row,
    prefixed(id) as review_id,
    case upper(stars) when 'ONE' then '1' when 'TWO' then '2' when 'THREE' then '3' when 'FOUR' then '4' when 'FIVE' then '5' else stars end
        as rating,
    moment(created_at) as created_at,
    case when json_valid(reply) then moment(reply ->> '$.updateTime') end as replied_at,
    plain(comment) as body
from rows
