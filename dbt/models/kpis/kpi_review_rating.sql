-- One row per day: mean rating of reviews.
with

reviews as (
    select
        rating,
        cast(created_at as date) as review_date
    from {{ ref('reviews') }}
),

kpi_review_rating as (
    select
        'day' as period,
        review_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(rating) as numerator,
        count(*) as denominator,
        sum(rating * rating) as sum_of_squares
    from reviews
    group by review_date
)

select * from kpi_review_rating
