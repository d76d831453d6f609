-- One row per day: reviews of at most two stars that were replied to in time.
with

reviews as (
    select
        replied_at <= created_at + interval {{ var('review_reply_hours') }} hour as is_replied_to,
        cast(created_at as date) as review_date
    from {{ ref('reviews') }}
    where rating <= 2
),

kpi_negative_reply_rate as (
    select
        'day' as period,
        review_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(*) filter (where is_replied_to) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from reviews
    group by review_date
)

select * from kpi_negative_reply_rate
