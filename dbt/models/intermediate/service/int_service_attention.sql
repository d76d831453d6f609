-- One row per month with a session or a review: views of the tracking page, and replies to reviews.
with

sessions as (
    select
        cast(date_trunc('month', session_date) as date) as month,
        tracking_views
    from {{ ref('sessions') }}
),

reviews as (
    select
        cast(date_trunc('month', created_at) as date) as month,
        replied_at is not null as is_replied_to
    from {{ ref('reviews') }}
),

tracking as (
    select
        month,
        coalesce(sum(tracking_views), 0) as tracking_views
    from sessions
    group by month
),

replies as (
    select
        month,
        count(*) as reviews,
        count(*) filter (where is_replied_to) as reviews_replied_to
    from reviews
    group by month
),

int_service_attention as (
    select
        month,
        'all' as channel,
        cast(coalesce(tracking.tracking_views, 0) as bigint) as tracking_views,
        coalesce(replies.reviews, 0) as reviews,
        coalesce(replies.reviews_replied_to, 0) as reviews_replied_to
    from tracking
    full join replies using (month)
)

select * from int_service_attention
