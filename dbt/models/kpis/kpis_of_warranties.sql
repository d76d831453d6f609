-- One row per KPI, day and dimension value: warranties sold with valid orders, and what they earn.
{%- set dimensions = ['channel'] %}
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

warranties as (
    select
        order_id,
        price,
        cast(sold_at as date) as sale_date
    from {{ ref('warranties') }}
),

orders_with_warranty as (
    select distinct order_id
    from warranties
),

order_days as (
    select
        orders.order_date as date,
        {{ dimension(dimensions) }},
        count(*) as orders,
        count(orders_with_warranty.order_id) as orders_with_warranty
    from orders
    left join orders_with_warranty
        on orders.order_id = orders_with_warranty.order_id
    where orders.goods_lines > 0 or orders_with_warranty.order_id is not null
    group by {{ each_dimension('orders.order_date', dimensions) }}
),

sale_days as (
    select
        sale_date as date,
        {{ no_dimension() }},
        coalesce(sum(price), 0) as revenue
    from warranties
    semi join orders using (order_id)
    group by sale_date
),

kpis_of_warranties as (
    {{ kpis_of_days('order_days', [
        ('warranty_attach_rate', 'orders_with_warranty', 'orders'),
    ]) }}
    union all
    {{ kpis_of_days('sale_days', [
        ('warranty_revenue', 'revenue'),
    ]) }}
)

select * from kpis_of_warranties
