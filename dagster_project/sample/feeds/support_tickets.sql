-- One row per delivery of an enquiry: when opened, and when it was resolved.
create table feeds.support_tickets as
with opened as (
    select
        orders.order_no,
        orders.order_id,
        orders.key,
        orders.happiness,
        order_identities.customer_id,
        order_identities.email,
        orders.ordered_at + to_minutes(whole(60, 15000, uniform('ticket-after', orders.key))) as opened_at,
        pick(['chat', 'chat', 'email', 'email', 'phone', 'social'],
            uniform('ticket-channel', orders.key)) as channel
    from orders
    inner join order_identities on orders.order_no = order_identities.order_no
    where uniform('ticket', orders.key) < if(orders.outcome = 'purchase', 0.09, 0.5)
),

answered as (
    select
        *,
        opened_at + to_minutes(
            (if(channel in ('chat', 'phone'), 6, 240)
                * exponential('reply', key))::integer + 1) as first_replied_at
    from opened
),

resolved as (
    select
        *,
        first_replied_at + to_minutes((60 * 20 * exponential('resolve', key))::integer + 5) as resolved_at
    from answered
),

deliveries as (
    select distinct
        order_no,
        delivered_on(unnest([opened_at::date, resolved_at::date]), 6) as delivery
    from resolved
)

select
    deliveries.delivery,
    format('T{:08d}', resolved.order_no) as ticket_id,
    resolved.customer_id,
    resolved.email,
    resolved.order_id,
    resolved.channel,
    resolved.opened_at,
    if(resolved.first_replied_at::date <= deliveries.delivery, resolved.first_replied_at, null)
        as first_replied_at,
    if(resolved.resolved_at::date <= deliveries.delivery, resolved.resolved_at, null) as resolved_at,
    pick(['delivery', 'delivery', 'product', 'return', 'payment', 'account'],
        uniform('ticket-reason', resolved.key)) as reason_code,
    case
        when resolved.resolved_at::date <= deliveries.delivery and uniform('ticket-csat', resolved.key) < 0.5
            then least(5, greatest(1, round(4.1 + 0.5 * resolved.happiness + 0.7 * normal('ticket-mood', resolved.key))))::integer
    end as csat
from deliveries
inner join resolved on deliveries.order_no = resolved.order_no
where
    deliveries.delivery <= getvariable('last_day')
    and resolved.opened_at::date <= getvariable('last_day');
