-- One row per day and dimension value: negative mentions that were replied to.
with

mentions as (
    select
        lower(platform) as platform,
        replied_at,
        cast(occurred_at as date) as mention_date
    from {{ ref('social_mentions') }}
    where sentiment = 'negative'
),

kpi_social_reply_rate as (
    select
        'day' as period,
        mention_date as period_start,
        {{ dimension(['platform']) }},
        count(replied_at) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from mentions
    group by {{ each_dimension('mention_date', ['platform']) }}
)

select * from kpi_social_reply_rate
