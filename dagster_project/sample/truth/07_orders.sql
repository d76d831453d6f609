-- One row per order that the shop system holds: the true purchases, and besides them orders that
-- came to nothing (cancelled, never paid, given back in full, keyed in by mistake, tests), which
-- are no purchase.
create table orders_to_be as
select
    person_no,
    purchase_no,
    'purchase' as outcome,
    person_no || '-' || purchase_no as key,
    ordered_at,
    is_summer_sale
from purchases
union all
select
    person_no,
    null as purchase_no,
    case
        when uniform('outcome', person_no || '-' || purchase_no) < 0.03 then 'cancelled'
        when uniform('outcome', person_no || '-' || purchase_no) < 0.04 then 'pending'
        when uniform('outcome', person_no || '-' || purchase_no) < 0.055 then 'refunded'
        else 'withdrawn'
    end as outcome,
    person_no || '-' || purchase_no || '-x' as key,
    ordered_at + to_minutes(
        whole(20, 2000, uniform('outcome-minutes', person_no || '-' || purchase_no))
        * if(uniform('outcome', person_no || '-' || purchase_no) < 0.03, -1, 1)
    ) as ordered_at,
    is_summer_sale
from purchases
where uniform('outcome', person_no || '-' || purchase_no) < 0.06
union all
select
    null as person_no,
    null as purchase_no,
    'test' as outcome,
    'test-' || day_no as key,
    day + interval 11 hour as ordered_at,
    is_summer_sale
from calendar
where day_no % 45 = 7;

create table orders as
with placed as (
    select
        row_number() over (order by ordered_at, key) as order_no,
        *
    from orders_to_be
    where ordered_at between getvariable('first_day')
        and getvariable('last_day') + interval 1 day - interval 1 second
),

drawn as (
    select
        placed.*,
        persons.kind,
        persons.happiness,
        lives.registered_at <= placed.ordered_at and uniform('as-guest', placed.key) > 0.08 as is_logged_in,
        case
            when placed.outcome = 'test' then 'online'
            when uniform('channel', placed.key) < 0.72 then 'online'
            when uniform('channel', placed.key) < 0.86 then 'app'
            when uniform('channel', placed.key) < 0.94 then 'store'
            else 'marketplace'
        end as channel,
        case
            when uniform('currency', placed.person_no) < 0.02 then 'USD'
            when uniform('currency', placed.person_no) < 0.03 then 'EUR'
            when uniform('currency', placed.person_no) < 0.045 then 'KRW'
            else 'JPY'
        end as home_currency,
        uniform('device', placed.key) as u_device,
        placed.ordered_at::date + whole(1, 2, uniform('ship', placed.key)) as ships_on,
        whole(1, 3, uniform('transit', placed.key))
        + 4 * (uniform('delay', placed.key) < 0.08)::integer as transit_days
    from placed
    left join persons on placed.person_no = persons.person_no
    left join lives on placed.person_no = lives.person_no
),

without_rate as (
    -- The first foreign order is in a currency of which the shop has no rate at all.
    select min(order_no) as order_no from drawn where home_currency != 'JPY' and outcome = 'purchase'
)

select
    drawn.order_no,
    format('A{:08d}', drawn.order_no) as order_id,
    drawn.* exclude (order_no, is_logged_in, u_device, home_currency, ships_on, transit_days),
    -- A card in the shop or on the marketplace account names the customer as well as a login does.
    coalesce(drawn.is_logged_in, false) as is_logged_in,
    case
        when drawn.order_no = without_rate.order_no then 'TWD'
        when drawn.channel in ('store', 'marketplace') then 'JPY'
        else drawn.home_currency
    end as currency,
    case
        when drawn.channel in ('online', 'app') and drawn.outcome != 'test'
            then if(drawn.u_device < 0.3, owned.second_device, owned.first_device)
    end as device_id,
    case
        when drawn.channel = 'store' then '現金'
        else pick(['クレジットカード', 'クレジットカード', 'クレジットカード', 'コンビニ払い', 'PayPay', 'Amazon Pay', '代金引換'],
            uniform('payment', drawn.key))
    end as payment_method,
    case
        when drawn.outcome != 'purchase' then null
        when drawn.purchase_no = 1 and uniform('coupon', drawn.key) < 0.25 then 'WELCOME10'
        when drawn.is_summer_sale and uniform('coupon', drawn.key) < 0.4 then 'SUMMER15'
        when uniform('coupon', drawn.key) < 0.08 then 'LINE500'
    end as coupon_code,
    case
        when drawn.channel != 'store' and drawn.outcome in ('purchase', 'refunded', 'withdrawn')
            then drawn.ships_on
    end
        as ships_on,
    case
        when drawn.channel = 'store' then drawn.ordered_at::date
        when drawn.outcome in ('purchase', 'refunded', 'withdrawn') then drawn.ships_on + drawn.transit_days
    end as arrives_on,
    -- Of an order that is called off or given back in full: when.
    case drawn.outcome
        when 'cancelled' then drawn.ordered_at::date + whole(0, 2, uniform('closed', drawn.key))
        when 'refunded' then drawn.ships_on + drawn.transit_days + whole(2, 20, uniform('closed', drawn.key))
        when 'withdrawn' then drawn.ordered_at::date + whole(1, 3, uniform('closed', drawn.key))
    end as closed_on,
    case
        when uniform('late', drawn.key) < 0.012 then whole(3, 25, uniform('late-days', drawn.key))
        else 0
    end as late_days,
    uniform('repeated', drawn.key) < 0.02 as is_delivered_again
from drawn
cross join without_rate
left join devices_of_persons as owned on drawn.person_no = owned.person_no
-- What is given back or withdrawn after the last day would still look like a purchase.
where drawn.outcome not in ('refunded', 'withdrawn') or closed_on <= getvariable('last_day');
