-- One row per cart: whether it became an order, or was abandoned; neither while it may still be
-- either.
{{ config(materialized='view') }}
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

carts as (
    select *
    from {{ ref('int_cart_conversions') }}
),

int_cart_outcomes as (
    select
        carts.*,
        not carts.has_order
        and coalesce(
            carts.updated_at + interval {{ var('cart_abandoned_hours') }} hour <= as_of.as_of + interval 1 day, false
        ) as is_abandoned
    from carts
    cross join as_of
)

select * from int_cart_outcomes
