-- One row per delivery of a parcel: when it left, and when it arrived.
create table feeds.shipments as
with deliveries as (
    select distinct
        order_no,
        delivered_on(unnest([ships_on, arrives_on]), 3) as delivery
    from orders
    where ships_on <= getvariable('last_day')
)

select
    deliveries.delivery,
    format('S{:08d}', orders.order_no) as shipment_id,
    orders.order_id,
    orders.ships_on + interval 15 hour as shipped_at,
    orders.ships_on + interval 3 day + interval 18 hour as promised_at,
    if(orders.arrives_on <= deliveries.delivery,
        orders.arrives_on + interval 9 hour
            + to_minutes(whole(0, 600, uniform('arrival', orders.key))), null) as delivered_at,
    if(orders.arrives_on <= deliveries.delivery, 'delivered', 'in_transit') as status,
    1 + (orders.arrives_on <= deliveries.delivery)::integer
        + (orders.arrives_on > orders.ships_on + 3)::integer as notifications
from deliveries
inner join orders on deliveries.order_no = orders.order_no
where deliveries.delivery <= getvariable('last_day');
