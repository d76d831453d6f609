-- At as_of, everybody has at least the tier that the points of the last tier_days reach.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

points as (
    select
        entries.customer_id,
        coalesce(sum(entries.points) filter (
            where
            entries.points > 0
            and cast(entries.occurred_at as date) > as_of.as_of - {{ var('tier_days') }}
        ), 0) as points_12m
    from {{ ref('int_loyalty_points') }} as entries
    cross join {{ ref('int_as_of') }} as as_of
    where entries.customer_id is not null
    group by entries.customer_id
),

reached as (
    select
        points.customer_id,
        points.points_12m,
        max(tiers.position) as position
    from points
    inner join {{ ref('tiers') }} as tiers
        on points.points_12m >= tiers.points_from
    group by points.customer_id, points.points_12m
),

held as (
    select
        customers.customer_id,
        customers.points_to_next_tier,
        tiers.position,
        next_tiers.points_from as next_points_from
    from {{ ref('customers') }} as customers
    inner join {{ ref('tiers') }} as tiers
        on customers.tier = tiers.tier
    left join {{ ref('tiers') }} as next_tiers
        on tiers.position + 1 = next_tiers.position
)

select reached.customer_id
from reached
left join held
    on reached.customer_id = held.customer_id
where
    held.position is null
    or held.position < reached.position
    or held.points_to_next_tier
    is distinct from held.next_points_from - reached.points_12m
