-- One row per review in force.
with

{{ rows_in_force('reviews') }},

stg_reviews as (
    select
        review_id,
        customer_id as shop_customer_id,
        _email as email,
        product_id,
        rating,
        created_at,
        {{ if_known('replied_at') }} as replied_at,
        body
    from in_force
)

select * from stg_reviews
