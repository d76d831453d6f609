-- One row per KPI and day: reviews written on the day, and the replies to them.
with

reviews as (
    select
        rating,
        replied_at <= created_at + interval {{ var('review_reply_hours') }} hour as is_replied_to,
        cast(created_at as date) as review_date
    from {{ ref('reviews') }}
),

review_days as (
    select
        review_date as date,
        {{ no_dimension() }},
        count(*) as reviews,
        sum(rating) as ratings,
        sum(rating * rating) as squared_ratings,
        count(*) filter (where rating <= 2) as negative_reviews,
        count(*) filter (where rating <= 2 and is_replied_to) as negative_reviews_replied_to
    from reviews
    group by review_date
),

kpis_of_reviews as (
    {{ kpis_of_days('review_days', [
        ('review_rate', 'reviews', '0'),
        ('review_rating', 'ratings', 'reviews', 'squared_ratings'),
        ('negative_reply_rate', 'negative_reviews_replied_to', 'negative_reviews'),
    ]) }}
)

select * from kpis_of_reviews
