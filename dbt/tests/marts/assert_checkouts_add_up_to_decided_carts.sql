-- Steps hold every cart that the KPI of abandonment decides once.
{{ config(meta={'dagster': {'ref': {'name': 'checkout_performance'}}}) }}

with

checkouts as (
    select
        coalesce(sum(carts_with_order), 0) as carts_with_order,
        coalesce(sum(abandoned_carts), 0) as abandoned_carts
    from {{ ref('checkout_performance') }}
),

carts as (
    select
        count(*) filter (where has_order) as carts_with_order,
        count(*) filter (where is_abandoned) as abandoned_carts
    from {{ ref('int_cart_outcomes') }}
)

select checkouts.*
from checkouts
cross join carts
where
    (checkouts.carts_with_order, checkouts.abandoned_carts)
    != (carts.carts_with_order, carts.abandoned_carts)
