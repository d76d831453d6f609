-- One row per category and valid order of a person that has goods of it.
with

orders as (
    select
        order_id,
        customer_id,
        order_date
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

order_items as (
    select
        order_id,
        product_id
    from {{ ref('order_items') }}
),

products as (
    select
        product_id,
        {{ file_name_part('category') }} as category
    from {{ ref('stg_products') }}
    where category is not null and coalesce(kind, 'goods') = 'goods'
),

int_category_orders as (
    select distinct
        products.category,
        orders.order_id,
        orders.customer_id,
        orders.order_date
    from orders
    inner join order_items
        on orders.order_id = order_items.order_id
    inner join products
        on order_items.product_id = products.product_id
)

select * from int_category_orders
