-- One row per visit. Before somebody logs in, a visit carries only its device.
create table feeds.sessions as
with known as (
    select
        sessions.*,
        persons.email,
        accounts.customer_id,
        coalesce(order_identities.customer_id, accounts.customer_id) as logged_in_as,
        case when uniform('late', sessions.key) < 0.004
            then whole(2, 12, uniform('late-days', sessions.key)) else 0 end as late_days,
        uniform('search', sessions.key) as u_search,
        uniform('landing', sessions.key) as u_landing
    from sessions
    left join persons on sessions.person_no = persons.person_no
    left join accounts on
        sessions.person_no = accounts.person_no
        and accounts.account_no = 1
        and accounts.registered_at <= sessions.started_at
    left join order_identities on sessions.order_no = order_identities.order_no
)

select
    delivered_on(least(started_at::date + late_days, getvariable('last_day')), 1) as delivery,
    'v' || left(md5('visit' || getvariable('seed') || key), 14) as session_id,
    device_id,
    if(is_logged_in, logged_in_as, null) as customer_id,
    -- The link in a newsletter says whose it is.
    if(medium = 'email' and u_search < 0.6, email, null) as email,
    started_at,
    duration_s,
    case
        when campaign_id like 'nl-%' then '/news'
        when u_landing < 0.4 then '/'
        when u_landing < 0.7
            then '/products/' || format('P{:03d}', 1 + floor(36 * uniform('seen', key))::integer)
        when u_landing < 0.9 then '/categories'
        else '/journal'
    end as landing_page,
    source,
    medium,
    campaign_id,
    device_type,
    pageviews,
    product_views,
    add_to_carts,
    checkouts,
    if(u_search < 0.18 and pageviews > 1, 1, 0) as searches,
    if(u_search > 0.95 and pageviews > 1, 1, 0) as video_views,
    if(person_no is not null and order_no is null and u_landing between 0.6 and 0.7, 1, 0) as tracking_views,
    case
        when product_views = 0 then null
        when product_views = 1 then format('P{:03d}', 1 + floor(36 * uniform('seen', key))::integer)
        else format('P{:03d}|P{:03d}', 1 + floor(36 * uniform('seen', key))::integer, 1 + floor(36 * uniform('seen-too', key))::integer)
    end as viewed_products
from known;
