-- One row per delivery of an order: what was known of it then. A later delivery corrects an earlier
-- one.
create table feeds.orders as
with changes as (
    select
        order_no,
        unnest([
            ordered_at::date,
            if(payment_method = 'コンビニ払い', ordered_at::date + 1, null),
            ships_on,
            arrives_on,
            closed_on,
            -- Delivered once more without any change.
            if(is_delivered_again, ordered_at::date + 6, null)
        ]) as changed_on,
        least(ordered_at::date + late_days, getvariable('last_day')) as first_known_on
    from orders
),

deliveries as (
    select distinct
        order_no,
        delivered_on(greatest(changed_on, first_known_on), 1) as delivery
    from changes
    where changed_on <= getvariable('last_day')
),

described as (
    select
        deliveries.delivery,
        orders.*,
        order_identities.customer_id,
        order_identities.email as known_email,
        order_identities.phone as known_phone,
        order_amounts.subtotal,
        order_amounts.discount,
        order_amounts.shipping,
        order_amounts.tax,
        uniform('typed-email', orders.key) as u_email,
        uniform('typed-phone', orders.key) as u_phone
    from deliveries
    inner join orders on deliveries.order_no = orders.order_no
    inner join order_amounts on orders.order_no = order_amounts.order_no
    left join order_identities on orders.order_no = order_identities.order_no
)

select
    delivery,
    order_id,
    customer_id,
    case
        when outcome = 'test' then 'staff@example.jp'
        -- The till asks no guest for an address, and the clerk types the same one for all.
        when channel = 'store' and customer_id is null then 'unknown@example.jp'
        when customer_id is null then email_as_typed(known_email, u_email)
        when u_email < 0.6 then known_email
    end as email,
    case when channel != 'store' and u_phone < 0.7
        then phone_as_typed(known_phone, u_phone / 0.7) end as phone,
    device_id,
    ordered_at,
    greatest(
        ordered_at,
        case when ships_on <= delivery then ships_on + interval 15 hour end,
        case when arrives_on <= delivery then arrives_on + interval 18 hour end,
        case when closed_on <= delivery then closed_on + interval 19 hour end
    ) as updated_at,
    case
        when outcome = 'cancelled' and closed_on <= delivery then 'cancelled'
        when outcome in ('cancelled', 'pending') then 'pending'
        when outcome = 'refunded' and closed_on <= delivery then 'refunded'
        when arrives_on <= delivery then 'delivered'
        when ships_on <= delivery then 'shipped'
        when payment_method = 'コンビニ払い' and delivery <= ordered_at::date then 'pending'
        else 'paid'
    end as status,
    channel,
    case
        when channel = 'store' then pick(['渋谷店', '京都店'], uniform('store', person_no))
        when channel = 'marketplace' then '楽市'
    end as store_id,
    currency,
    money(subtotal, currency) as subtotal,
    money(discount, currency) as discount,
    money(shipping, currency) as shipping,
    money(tax, currency) as tax,
    money(subtotal + shipping + tax, currency) as total,
    coupon_code,
    payment_method,
    case when coupon_code = 'LINE500' then 'l-friends' end as campaign_id,
    outcome = 'test' as is_test,
    if(outcome = 'withdrawn' and closed_on <= delivery, true, null) as deleted
from described;
