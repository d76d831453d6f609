-- One row per category, person and interval of buying it again and again; each is its own list.
with

orders as (
    select order_id, customer_id, order_date
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

order_items as (
    select order_id, product_id
    from {{ ref('order_items') }}
),

products as (
    select product_id, {{ file_name_part('category') }} as variant
    from {{ ref('stg_products') }}
    where category is not null and coalesce(kind, 'goods') = 'goods'
),

bought as (
    select distinct products.variant, orders.order_id, orders.customer_id, orders.order_date
    from orders
    inner join order_items
        on orders.order_id = order_items.order_id
    inner join products
        on order_items.product_id = products.product_id
),

-- The categories with most buyers; each list is files to keep, so there are only some.
top_categories as (
    select variant
    from bought
    group by variant
    order by count(distinct customer_id) desc, variant
    limit {{ var('fan_categories') }}
),

changes as (
    select variant, customer_id, order_date as change_date, 1 as change
    from bought
    union all
    select variant, customer_id, order_date + {{ var('fan_days') }} as change_date, -1 as change
    from bought
),

changes_by_day as (
    select variant, customer_id, change_date, sum(change) as change
    from changes
    semi join top_categories using (variant)
    group by variant, customer_id, change_date
),

steps as (
    select
        variant,
        customer_id,
        sum(change) over history as orders_in_days,
        change_date as valid_from,
        lead(change_date) over history as valid_to
    from changes_by_day
    window history as (partition by variant, customer_id order by change_date)
),

intervals as (
    select *
    from steps
    where orders_in_days >= {{ var('fan_orders') }}
),

category_fans as (
    {{ maximal_intervals('intervals', ['variant', 'customer_id']) }}
)

select * from category_fans
