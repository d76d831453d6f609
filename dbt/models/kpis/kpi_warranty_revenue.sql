-- One row per day: price of the warranties sold with valid orders.
with

warranties as (
    select
        order_id,
        price,
        cast(sold_at as date) as sale_date
    from {{ ref('warranties') }}
),

orders as (
    select order_id
    from {{ ref('orders') }}
    where is_valid
),

kpi_warranty_revenue as (
    select
        'day' as period,
        sale_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        coalesce(sum(price), 0) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from warranties
    semi join orders using (order_id)
    group by sale_date
)

select * from kpi_warranty_revenue
