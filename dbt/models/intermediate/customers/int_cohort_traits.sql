-- One row per person with a valid order: the month, channel and category of the first one.
with

first_orders as (
    select
        order_id,
        customer_id,
        coalesce(channel, '(none)') as channel,
        cast(date_trunc('month', order_date) as date) as cohort_month
    from {{ ref('orders') }}
    where order_number = 1
),

order_items as (
    select
        order_id,
        product_id,
        gross_sales
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

-- The category that most was paid for; of several, the first in the alphabet.
first_categories as (
    select
        first_orders.order_id,
        products.category
    from first_orders
    inner join order_items on first_orders.order_id = order_items.order_id
    inner join products on order_items.product_id = products.product_id
    group by first_orders.order_id, products.category
    qualify row_number() over (
        partition by first_orders.order_id
        order by sum(order_items.gross_sales) desc, products.category
    ) = 1
),

int_cohort_traits as (
    select
        first_orders.customer_id,
        first_orders.channel,
        coalesce(first_categories.category, '(none)') as category,
        first_orders.cohort_month
    from first_orders
    left join first_categories on first_orders.order_id = first_categories.order_id
)

select * from int_cohort_traits
