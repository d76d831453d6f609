-- One row per KPI, day and dimension value: mentions of the shop, and the replies to negative ones.
{%- set dimensions = ['platform'] %}
with

mentions as (
    select
        lower(platform) as platform,
        sentiment = 'negative' as is_negative,
        replied_at,
        cast(occurred_at as date) as mention_date
    from {{ ref('social_mentions') }}
),

mention_days as (
    select
        mention_date as date,
        {{ dimension(dimensions) }},
        count(*) as mentions,
        count(*) filter (where is_negative) as negative_mentions,
        count(replied_at) filter (where is_negative) as negative_mentions_replied_to
    from mentions
    group by {{ each_dimension('mention_date', dimensions) }}
),

kpis_of_mentions as (
    {{ kpis_of_days('mention_days', [
        ('social_mentions', 'mentions'),
        ('social_reply_rate', 'negative_mentions_replied_to', 'negative_mentions'),
    ]) }}
)

select * from kpis_of_mentions
