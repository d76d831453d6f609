-- One row per person with a valid order of goods: the category and the brand bought most.
with

orders as (
    select
        order_id,
        customer_id
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

order_items as (
    select
        order_id,
        product_id,
        quantity
    from {{ ref('order_items') }}
),

products as (
    select *
    from {{ ref('stg_products') }}
    where coalesce(kind, 'goods') = 'goods'
),

bought as (
    select
        orders.customer_id,
        orders.order_id,
        products.category,
        products.brand,
        order_items.quantity
    from orders
    inner join order_items
        on orders.order_id = order_items.order_id
    inner join products
        on order_items.product_id = products.product_id
),

kinds as (
    select customer_id, 'category' as kind, category as preference, order_id, quantity from bought
    union all
    select customer_id, 'brand' as kind, brand as preference, order_id, quantity from bought
),

-- In most orders; then most pieces, so that one big order does not make a taste; then the text.
favourites as (
    select
        customer_id,
        kind,
        preference
    from kinds
    where preference is not null
    group by customer_id, kind, preference
    qualify row_number() over (
        partition by customer_id, kind
        order by count(distinct order_id) desc, sum(quantity) desc, preference
    ) = 1
),

int_customer_preferences as (
    select
        customer_id,
        max(preference) filter (where kind = 'category') as favourite_category,
        max(preference) filter (where kind = 'brand') as favourite_brand
    from favourites
    group by customer_id
)

select * from int_customer_preferences
