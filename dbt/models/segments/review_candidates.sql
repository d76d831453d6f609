-- One row per person and interval: some days after a delivery, while the person has not reviewed.
with

orders as (
    select
        order_id,
        customer_id,
        ordered_at
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

shipments as (
    select
        order_id,
        cast(min(delivered_at) as date) as delivery_date
    from {{ ref('shipments') }}
    where delivered_at is not null
    group by order_id
),

reviews as (
    select
        customer_id,
        created_at
    from {{ ref('reviews') }}
    where customer_id is not null
),

delivered as (
    select
        orders.order_id,
        orders.customer_id,
        shipments.delivery_date + {{ var('review_request_after_days') }} as valid_from,
        cast(min(reviews.created_at) as date) as review_date
    from orders
    inner join shipments
        on orders.order_id = shipments.order_id
    left join reviews
        on orders.customer_id = reviews.customer_id and orders.ordered_at <= reviews.created_at
    group by orders.order_id, orders.customer_id, shipments.delivery_date
),

intervals as (
    select
        customer_id,
        valid_from,
        least(valid_from + {{ var('review_request_days') }}, review_date) as valid_to
    from delivered
    where review_date is null or valid_from < review_date
),

review_candidates as (
    {{ maximal_intervals('intervals') }}
)

select * from review_candidates
