-- One row per day and dimension value: valid orders with a warranty, of those that could have one.
with

orders as (
    select
        order_id,
        coalesce(channel, '(none)') as channel,
        goods_lines,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

orders_with_warranty as (
    select distinct order_id
    from {{ ref('warranties') }}
),

kpi_warranty_attach_rate as (
    select
        'day' as period,
        orders.order_date as period_start,
        {{ dimension(['channel']) }},
        count(orders_with_warranty.order_id) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from orders
    left join orders_with_warranty
        on orders.order_id = orders_with_warranty.order_id
    where orders.goods_lines > 0 or orders_with_warranty.order_id is not null
    group by {{ each_dimension('orders.order_date', ['channel']) }}
)

select * from kpi_warranty_attach_rate
