-- One row per category, person and interval of buying it again and again.
with

orders as (
    select
        category,
        customer_id,
        order_date
    from {{ ref('int_category_orders') }}
),

changes as (
    select
        category,
        customer_id,
        order_date as change_date,
        1 as change
    from orders
    union all
    select
        category,
        customer_id,
        order_date + {{ var('fan_days') }} as change_date,
        -1 as change
    from orders
),

changes_by_day as (
    select
        category,
        customer_id,
        change_date,
        sum(change) as change
    from changes
    group by category, customer_id, change_date
),

steps as (
    select
        category,
        customer_id,
        sum(change) over history as orders_in_days,
        change_date as valid_from,
        lead(change_date) over history as valid_to
    from changes_by_day
    window history as (partition by category, customer_id order by change_date)
),

intervals as (
    select *
    from steps
    where orders_in_days >= {{ var('fan_orders') }}
),

int_category_fans as (
    {{ maximal_intervals('intervals', ['category', 'customer_id']) }}
)

select * from int_category_fans
