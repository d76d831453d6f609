-- One row per tier above the lowest, person and interval of holding it; each is its own list.
with

held_tiers as (
    select
        customer_id,
        tier,
        position,
        valid_from,
        valid_to
    from {{ ref('int_loyalty_tiers') }}
),

vip_by_tier as (
    select
        tier as variant,
        customer_id,
        valid_from,
        valid_to
    from held_tiers
    where position > 1
)

select * from vip_by_tier
