-- One row per post about the shop on a social network.
with

mentions as (
    select
        mention_id,
        shop_customer_id,
        platform,
        sentiment,
        occurred_at,
        replied_at
    from {{ ref('stg_social_mentions') }}
),

social_mentions as (
    select
        mentions.mention_id,
        {{ person_of(identifiers_of('social_mentions')) }} as customer_id,
        mentions.platform,
        mentions.sentiment,
        mentions.occurred_at,
        mentions.replied_at
    from mentions
    {{ person_joins('mentions', identifiers_of('social_mentions')) }}
)

select * from social_mentions
