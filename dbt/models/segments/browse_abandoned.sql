-- One row per person and interval after looking at products without taking a step towards buying.
{{ rebuilt_for_touched() }}
with

sessions as (
    select
        customer_id,
        started_at,
        coalesce(product_views, 0) > 0 as has_looked,
        coalesce(add_to_carts, 0) > 0 or coalesce(checkouts, 0) > 0 as has_stepped
    from {{ ref('sessions') }}
    {{ of_touched() }}
    where customer_id is not null
),

carts as (
    select customer_id, created_at
    from {{ ref('carts') }}
    {{ of_touched() }}
    where customer_id is not null
),

orders as (
    select
        customer_id,
        ordered_at
    from {{ ref('orders') }}
    {{ of_touched() }}
    where not is_test and customer_id is not null
),

-- A cart has a reminder of its own: it ends this one, as an order does.
moments as (
    select customer_id, has_stepped as is_step, started_at as happened_at
    from sessions
    where has_looked or has_stepped
    union all
    select customer_id, true as is_step, created_at as happened_at from carts
    union all
    select customer_id, true as is_step, ordered_at as happened_at from orders
),

followed as (
    select
        customer_id,
        is_step,
        happened_at + interval {{ var('browse_abandoned_hours') }} hour as abandoned_at,
        min(case when is_step then happened_at end) over (
            partition by customer_id
            order by happened_at, is_step
            rows between 1 following and unbounded following
        ) as next_step_at
    from moments
),

-- From the first day at whose end the hours have passed: at midnight sharp, that is the day before.
looks as (
    select
        *,
        cast(abandoned_at - interval 1 microsecond as date) as valid_from
    from followed
    where not is_step
),

intervals as (
    select
        customer_id,
        valid_from,
        least(
            valid_from + {{ var('browse_reminder_days') }}, cast(next_step_at as date)
        ) as valid_to
    from looks
    where next_step_at is null or valid_from < cast(next_step_at as date)
),

browse_abandoned as (
    {{ maximal_intervals('intervals') }}
)

select * from browse_abandoned
