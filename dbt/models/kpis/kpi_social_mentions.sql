-- One row per day and dimension value: mentions of the shop.
with

mentions as (
    select
        lower(platform) as platform,
        cast(occurred_at as date) as mention_date
    from {{ ref('social_mentions') }}
),

kpi_social_mentions as (
    select
        'day' as period,
        mention_date as period_start,
        {{ dimension(['platform']) }},
        count(*) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from mentions
    group by {{ each_dimension('mention_date', ['platform']) }}
)

select * from kpi_social_mentions
