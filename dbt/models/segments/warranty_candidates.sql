-- One row per person and interval: bought what others insure, and has no warranty for it yet.
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
    where product_kind = 'goods'
),

products as (
    select
        product_id,
        category
    from {{ ref('stg_products') }}
    where category is not null
),

warranties as (
    select
        order_id,
        product_id,
        sold_at
    from {{ ref('warranties') }}
),

-- No file says which goods have a warranty on offer; that one was sold shows it.
insured_categories as (
    select distinct products.category
    from warranties
    inner join products
        on warranties.product_id = products.product_id
),

insurable as (
    select distinct order_items.order_id
    from order_items
    inner join products
        on order_items.product_id = products.product_id
    semi join insured_categories using (category)
),

sales as (
    select
        order_id,
        cast(min(sold_at) as date) as sale_date
    from warranties
    group by order_id
),

intervals as (
    select
        orders.customer_id,
        orders.order_date as valid_from,
        least(orders.order_date + {{ var('warranty_offer_days') }}, sales.sale_date) as valid_to
    from orders
    semi join insurable using (order_id)
    left join sales
        on orders.order_id = sales.order_id
    where sales.sale_date is null or orders.order_date < sales.sale_date
),

warranty_candidates as (
    {{ maximal_intervals('intervals') }}
)

select * from warranty_candidates
