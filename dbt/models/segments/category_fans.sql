-- One row per category, person and interval of buying it again and again; each is its own list.
with

category_orders as (
    select
        category,
        customer_id
    from {{ ref('int_category_orders') }}
),

fans as (
    select
        category,
        customer_id,
        valid_from,
        valid_to
    from {{ ref('int_category_fans') }}
),

-- The categories with most buyers; each list is files to keep, so there are only some.
top_categories as (
    select category
    from category_orders
    group by category
    order by count(distinct customer_id) desc, category
    limit {{ var('fan_categories') }}
),

category_fans as (
    select
        category as variant,
        customer_id,
        valid_from,
        valid_to
    from fans
    semi join top_categories using (category)
)

select * from category_fans
