-- One row per product review.
with

product_reviews as (
    select
        review_id,
        shop_customer_id,
        email,
        product_id,
        rating,
        created_at,
        replied_at
    from {{ ref('stg_reviews') }}
),

reviews as (
    select
        product_reviews.review_id,
        {{ person_of(identifiers_of('reviews')) }} as customer_id,
        product_reviews.product_id,
        product_reviews.rating,
        product_reviews.created_at,
        product_reviews.replied_at
    from product_reviews
    {{ person_joins('product_reviews', identifiers_of('reviews')) }}
)

select * from reviews
