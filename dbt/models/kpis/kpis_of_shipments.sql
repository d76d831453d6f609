-- One row per KPI and day: parcels by the day they were sent or delivered on.
with

shipments as (
    select
        order_id,
        cast(shipped_at as date) as shipping_date,
        cast(delivered_at as date) as delivery_date,
        cast(promised_at as date) as promised_date
    from {{ ref('shipments') }}
),

orders as (
    select order_id
    from {{ ref('orders') }}
),

shipping_days as (
    select
        shipping_date as date,
        {{ no_dimension() }},
        count(*) as shipments
    from shipments
    where shipping_date is not null
    group by shipping_date
),

delivery_days as (
    select
        delivery_date as date,
        {{ no_dimension() }},
        count(*) as promised,
        count(*) filter (where delivery_date <= promised_date) as on_time
    from shipments
    where delivery_date is not null and promised_date is not null
    group by delivery_date
),

-- An order in several parcels is delivered with the first.
delivered_orders as (
    select
        order_id,
        min(delivery_date) as delivery_date
    from shipments
    semi join orders using (order_id)
    where delivery_date is not null
    group by order_id
),

order_delivery_days as (
    select
        delivery_date as date,
        {{ no_dimension() }},
        count(*) as orders
    from delivered_orders
    group by delivery_date
),

kpis_of_shipments as (
    {{ kpis_of_days('shipping_days', [
        ('tracking_views_per_order', '0', 'shipments'),
    ]) }}
    union all
    {{ kpis_of_days('delivery_days', [
        ('on_time_rate', 'on_time', 'promised'),
    ]) }}
    union all
    {{ kpis_of_days('order_delivery_days', [
        ('review_rate', '0', 'orders'),
    ]) }}
)

select * from kpis_of_shipments
