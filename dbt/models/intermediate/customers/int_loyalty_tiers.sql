-- One row per person and interval of equal tier, days ahead included.
with

steps as (
    select *
    from {{ ref('int_point_steps') }}
),

tiers as (
    select
        tier,
        position,
        points_from
    from {{ ref('tiers') }}
),

-- Reached at once; kept for tier_days from the last day that met the threshold, that day included.
holdings as (
    select
        steps.customer_id,
        tiers.position,
        steps.valid_from,
        steps.valid_to + ({{ var('tier_days') }} - 1) as valid_to
    from steps
    inner join tiers
        on steps.points_12m >= tiers.points_from
),

boundaries as (
    select customer_id, valid_from as boundary from holdings
    union
    select customer_id, valid_to as boundary from holdings where valid_to is not null
),

held as (
    select
        boundaries.customer_id,
        boundaries.boundary,
        max(holdings.position) as position
    from boundaries
    inner join holdings
        on
            boundaries.customer_id = holdings.customer_id
            and boundaries.boundary >= holdings.valid_from
            and (boundaries.boundary < holdings.valid_to or holdings.valid_to is null)
    group by boundaries.customer_id, boundaries.boundary
),

changed as (
    select *
    from held
    qualify
        position is distinct from
        lag(position) over (partition by customer_id order by boundary)
),

int_loyalty_tiers as (
    select
        changed.customer_id,
        tiers.tier,
        tiers.position,
        changed.boundary as valid_from,
        lead(changed.boundary) over (
            partition by changed.customer_id order by changed.boundary
        ) as valid_to
    from changed
    inner join tiers
        on changed.position = tiers.position
)

select * from int_loyalty_tiers
