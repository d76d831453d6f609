-- One row per person and interval of having most of the points for the next tier.
with

steps as (
    select
        customer_id,
        points_12m,
        valid_from,
        valid_to
    from {{ ref('int_point_steps') }}
),

held_tiers as (
    select
        customer_id,
        position,
        valid_from,
        valid_to
    from {{ ref('int_loyalty_tiers') }}
),

tiers as (
    select
        position,
        points_from
    from {{ ref('tiers') }}
),

near as (
    select
        steps.customer_id,
        greatest(steps.valid_from, held_tiers.valid_from) as valid_from,
        least(steps.valid_to, held_tiers.valid_to) as valid_to
    from steps
    inner join held_tiers
        on steps.customer_id = held_tiers.customer_id
    inner join tiers
        on held_tiers.position + 1 = tiers.position
    where
        steps.points_12m
        >= cast({{ var('near_tier_share') }} as decimal(9, 6)) * tiers.points_from
),

intervals as (
    select *
    from near
    where valid_to is null or valid_from < valid_to
),

near_next_tier as (
    {{ maximal_intervals('intervals') }}
)

select * from near_next_tier
