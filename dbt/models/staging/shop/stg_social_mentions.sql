-- One row per mention in force.
with

{{ rows_in_force('social_mentions') }},

stg_social_mentions as (
    select
        mention_id,
        customer_id as shop_customer_id,
        handle,
        platform,
        occurred_at,
        lower(trim(sentiment)) as sentiment,
        {{ if_known('replied_at') }} as replied_at
    from in_force
)

select * from stg_social_mentions
