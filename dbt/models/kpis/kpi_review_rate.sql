-- One row per day and source: reviews written, and the orders delivered that they are divided by.
with

reviews as (
    select cast(created_at as date) as review_date
    from {{ ref('reviews') }}
),

orders as (
    select order_id
    from {{ ref('orders') }}
),

-- An order in several parcels is delivered with the first.
delivered_orders as (
    select
        shipments.order_id,
        cast(min(shipments.delivered_at) as date) as delivery_date
    from {{ ref('shipments') }} as shipments
    semi join orders using (order_id)
    where shipments.delivered_at is not null
    group by shipments.order_id
),

kpi_review_rate as (
    select
        'day' as period,
        review_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(*) as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from reviews
    group by review_date
    union all
    select
        'day' as period,
        delivery_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        0 as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from delivered_orders
    group by delivery_date
)

select * from kpi_review_rate
