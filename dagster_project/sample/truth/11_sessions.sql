-- One row per visit: the visits that led to an order, other visits of persons, and visits of people
-- who stay unknown.
create table sessions as
with visits as (
    select
        'o' || orders.key as key,
        orders.person_no,
        null as device_no,
        orders.device_id as known_device,
        orders.ordered_at - to_seconds(whole(180, 1500, uniform('visit-before', orders.key))) as started_at,
        orders.order_no,
        orders.is_logged_in and uniform('visit-login', orders.key) < 0.8 as is_logged_in
    from orders
    where orders.device_id is not null
    union all
    select
        key,
        person_no,
        case
            when uniform('visit-device', key) < 0.06 then 7
            when uniform('visit-device', key) < 0.68 then 1
            when uniform('visit-device', key) < 0.93 then 2
            else 3
        end as device_no,
        null as known_device,
        first_seen_at
            + to_seconds(floor(uniform('visit', key) * date_diff('second', first_seen_at, last_seen_at))::bigint) as started_at,
        null as order_no,
        uniform('visit-login', key) < 0.4 as is_logged_in
    from (
        select
            person_no,
            first_seen_at,
            last_seen_at,
            person_no || '-' || unnest(range(
                floor(getvariable('sessions_per_customer') * 0.36
                    * exponential('visits', person_no))::bigint)) as key
        from lives
    )
    union all
    -- Everybody who shares a device has logged in on it.
    select
        'shared-' || devices.person_no as key,
        devices.person_no,
        null as device_no,
        devices.device_id as known_device,
        accounts.registered_at + interval 2 hour as started_at,
        null as order_no,
        true as is_logged_in
    from devices
    inner join accounts on devices.person_no = accounts.person_no and accounts.account_no = 1
    where devices.use != 'own'
    union all
    select
        key,
        null as person_no,
        null as device_no,
        's' || left(md5('stranger' || getvariable('seed') || stranger_no), 14) as known_device,
        calendar.day + to_days((3 * (visit_no - 1))::integer) + time_of_day('stranger-time', key)
            as started_at,
        null as order_no,
        false as is_logged_in
    from (
        select
            stranger_no,
            visit_no,
            's' || stranger_no || '-' || visit_no as key,
            getvariable('days') * uniform('stranger', stranger_no) as stranger_time
        from (
            select
                range as stranger_no,
                unnest(range(1, 2 + least(4, floor(exponential('stranger-visits', range)))::bigint))
                    as visit_no
            from range((getvariable('customers') * getvariable('strangers_per_customer'))::bigint)
        )
    )
    asof join calendar on stranger_time >= calendar.time_from
),

drawn as (
    select
        visits.*,
        uniform('traffic', visits.key) as u_traffic,
        uniform('look', visits.key) as u_look,
        uniform('cart', visits.key) as u_cart,
        visits.order_no is not null as is_order,
        month(visits.started_at) as started_month
    from visits
    where visits.started_at between getvariable('first_day')
        and getvariable('last_day') + interval 1 day - interval 1 second
),

with_traffic as (
    select
        *,
        case
            when person_no is null then
                case
                    when u_traffic < 0.30 then 'google/organic'
                    when u_traffic < 0.42 then 'direct'
                    when u_traffic < 0.54 then 'google/g-shopping'
                    when u_traffic < 0.60 then 'google/g-brand'
                    when u_traffic < 0.78
                        then if(
                            started_month in (4, 5) and u_traffic < 0.70,
                            'meta/m-mothersday', 'meta/m-prospecting')
                    when u_traffic < 0.85
                        then if(started_month in (3, 4, 5, 6, 7, 10, 11, 12), 'line/l-friends', 'line/social')
                    when u_traffic < 0.92 then
                        case
                            when started_month in (11, 12) then 'yahoo/y-yearend'
                            when started_month in (1, 2, 6, 7, 8, 9) then 'yahoo/y-search'
                            else 'yahoo/organic'
                        end
                    when u_traffic < 0.97 then 'instagram/social'
                    else 'blog.example.jp/referral'
                end
            when u_traffic < 0.34 then 'direct'
            when u_traffic < 0.56 then 'google/organic'
            when u_traffic < 0.66 then 'newsletter/email'
            when u_traffic < 0.74 then 'google/g-brand'
            when u_traffic < 0.82 then 'google/g-shopping'
            when u_traffic < 0.90 then 'meta/m-prospecting'
            when u_traffic < 0.95 then 'line/social'
            else 'instagram/social'
        end as traffic
    from drawn
)

select
    with_traffic.key,
    with_traffic.person_no,
    case with_traffic.device_no
        when 1 then owned.first_device
        when 2 then owned.second_device
        when 3 then owned.third_device
        when 7 then owned.shared_device
        else with_traffic.known_device
    end as device_id,
    case
        when owned.second_device != owned.first_device
            and (with_traffic.device_no = 2 or with_traffic.known_device = owned.second_device) then 'desktop'
        when with_traffic.device_no in (3, 7) then 'tablet'
        when with_traffic.person_no is null and u_look >= 0.7 then 'desktop'
        else 'mobile'
    end as device_type,
    with_traffic.order_no,
    with_traffic.is_order,
    with_traffic.is_logged_in,
    with_traffic.started_at,
    if(traffic = 'direct', '(direct)', split_part(traffic, '/', 1)) as source,
    coalesce(
        campaigns.medium,
        case when traffic = 'direct' then '(none)' else split_part(traffic, '/', 2) end
    ) as medium,
    case
        when traffic = 'newsletter/email' then 'nl-' || strftime(with_traffic.started_at, '%Y%m')
        else campaigns.campaign_id
    end
        as campaign_id,
    -- A third of the strangers leave at once.
    case
        when is_order then whole(180, 1500, uniform('visit-before', substr(with_traffic.key, 2)))
        when with_traffic.person_no is null and u_look < 0.36
            then whole(1, 9, uniform('stay', with_traffic.key))
        else whole(10, 40, uniform('stay', with_traffic.key))
            + (220 * exponential('stay', with_traffic.key))::integer
    end as duration_s,
    case
        when is_order then whole(5, 14, u_look)
        when with_traffic.person_no is null and u_look < 0.36 then 1
        else 1 + (3.2 * exponential('pages', with_traffic.key))::integer
    end as pageviews,
    case
        when is_order then whole(1, 5, u_cart)
        when with_traffic.person_no is null and u_look < 0.36 then 0
        when u_look < 0.80 then 1 + (1.4 * exponential('products', with_traffic.key))::integer
        else 0
    end as product_views,
    case
        when is_order then whole(1, 2, u_look)
        when u_look between 0.40 and 0.80 and u_cart < 0.12 then 1
        else 0
    end as add_to_carts,
    case when is_order or u_look between 0.40 and 0.80 and u_cart < 0.04 then 1 else 0 end as checkouts
from with_traffic
left join devices_of_persons as owned on with_traffic.person_no = owned.person_no
left join campaigns on split_part(traffic, '/', 2) = campaigns.campaign_id;
