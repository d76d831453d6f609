-- One row per person with a points account: balance, tier and the way to the next one, at as_of.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

entries as (
    select
        customer_id,
        points
    from {{ ref('int_loyalty_points') }}
    where customer_id is not null
),

steps as (
    select *
    from {{ ref('int_point_steps') }}
),

held_tiers as (
    select *
    from {{ ref('int_loyalty_tiers') }}
),

tiers as (
    select
        position,
        points_from
    from {{ ref('tiers') }}
),

balances as (
    select
        customer_id,
        cast(sum(points) as bigint) as points_balance
    from entries
    group by customer_id
),

int_loyalty_status as (
    select
        balances.customer_id,
        held_tiers.tier,
        balances.points_balance,
        steps.points_12m,
        cast(next_tiers.points_from - steps.points_12m as bigint) as points_to_next_tier
    from balances
    cross join as_of
    inner join steps
        on
            balances.customer_id = steps.customer_id
            and as_of.as_of >= steps.valid_from
            and (as_of.as_of < steps.valid_to or steps.valid_to is null)
    inner join held_tiers
        on
            balances.customer_id = held_tiers.customer_id
            and as_of.as_of >= held_tiers.valid_from
            and (as_of.as_of < held_tiers.valid_to or held_tiers.valid_to is null)
    left join tiers as next_tiers
        on held_tiers.position + 1 = next_tiers.position
)

select * from int_loyalty_status
