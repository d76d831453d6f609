-- One row per thing a person did in the shop: an order that is no test, a session, a cart made or
-- changed.
{{ config(materialized='view') }}

with

orders as (
    select order_id, customer_id, ordered_at, is_valid
    from {{ ref('orders') }}
    where is_test is not true
),

sessions as (
    select
        session_id,
        customer_id,
        started_at,
        coalesce(greatest(product_views, searches, video_views), 0) >= 1 as is_interest,
        coalesce(greatest(add_to_carts, checkouts), 0) >= 1 as is_decision
    from {{ ref('sessions') }}
),

carts as (
    select cart_id, customer_id, created_at, updated_at
    from {{ ref('carts') }}
),

int_lifecycle_shop_events as (
    select
        customer_id,
        'orders' as feed,
        order_id as event_key,
        ordered_at as occurred_at,
        is_valid as is_valid_order,
        false as is_interest,
        not is_valid as is_decision
    from orders

    union all

    select customer_id, 'sessions', session_id, started_at, false, is_interest, is_decision
    from sessions

    union all

    select customer_id, 'carts', cart_id, created_at, false, false, true
    from carts

    union all

    select customer_id, 'carts', cart_id, updated_at, false, false, true
    from carts
)

select * from int_lifecycle_shop_events
