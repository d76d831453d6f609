-- One row per delivery of a cart: begun in a visit, and perhaps ordered from another device later
-- that day.
create table feeds.carts as
with begun as (
    select
        sessions.*,
        orders.order_id,
        orders.ordered_at,
        orders.payment_method,
        orders.currency,
        order_amounts.subtotal,
        order_identities.customer_id as buyer_id,
        persons.email,
        accounts.customer_id,
        owned.second_device,
        uniform('cart-known', sessions.key) as u_known
    from sessions
    left join orders on sessions.order_no = orders.order_no
    left join order_amounts on orders.order_no = order_amounts.order_no
    left join order_identities on orders.order_no = order_identities.order_no
    left join persons on sessions.person_no = persons.person_no
    left join devices_of_persons as owned on sessions.person_no = owned.person_no
    left join accounts on
        sessions.person_no = accounts.person_no
        and accounts.account_no = 1
        and accounts.registered_at <= sessions.started_at
    where sessions.add_to_carts > 0
)

select
    delivered_on(started_at::date, 3) as delivery,
    'k' || left(md5('cart' || getvariable('seed') || key), 12) as cart_id,
    -- Some carts are begun on the telephone and ordered at the desk.
    if(order_id is not null and u_known < 0.2, second_device, device_id) as device_id,
    case
        when order_id is not null then buyer_id
        when is_logged_in then customer_id
    end as customer_id,
    if(person_no is not null and u_known > 0.75, email, null) as email,
    started_at + interval 1 minute as created_at,
    coalesce(ordered_at, started_at + interval 1 minute + to_seconds(whole(0, 900, u_known))) as updated_at,
    coalesce(
        money(subtotal, currency),
        whole(8, 140, uniform('cart-value', key)) || '00'
    ) as value,
    order_id,
    if(checkouts > 0, coalesce(payment_method, pick(['クレジットカード', 'コンビニ払い', 'PayPay'], u_known)), null) as payment_method,
    case
        when order_id is not null then null
        when checkouts > 0 then pick(['payment', 'payment', 'address'], uniform('step', key))
        else 'cart'
    end as abandoned_step
from begun;
