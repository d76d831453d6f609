-- One row per person and interval of equal tier, to as_of.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

held_tiers as (
    select *
    from {{ ref('int_loyalty_tiers') }}
),

points as (
    select
        customer_id,
        points_12m,
        valid_from,
        valid_to
    from {{ ref('int_point_steps') }}
),

loyalty_tiers as (
    select
        held_tiers.customer_id,
        held_tiers.tier,
        held_tiers.position,
        points.points_12m,
        held_tiers.valid_from,
        case when held_tiers.valid_to <= as_of.as_of then held_tiers.valid_to end as valid_to
    from held_tiers
    cross join as_of
    inner join points
        on
            held_tiers.customer_id = points.customer_id
            and held_tiers.valid_from >= points.valid_from
            and (held_tiers.valid_from < points.valid_to or points.valid_to is null)
    where held_tiers.valid_from <= as_of.as_of
)

select * from loyalty_tiers
