-- One row per valid order and product (goods) in it, of orders of a household's size.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        order_id,
        customer_id,
        order_date
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid
),

order_items as (
    select
        order_id,
        product_id
    from {{ ref('order_items') }}
    {{ of_touched() }}
    where
        product_kind = 'goods'
        and quantity > 0
    group by order_id, product_id
),

-- An order of hundreds of products is a dealer's: it shows nothing of what goes together, and has
-- more pairs than all others.
int_baskets as (
    select
        orders.order_id,
        orders.customer_id,
        order_items.product_id,
        orders.order_date
    from orders
    inner join order_items on orders.order_id = order_items.order_id
    qualify
        count(*) over (partition by orders.order_id) <= {{ var('affinity_max_products') }}
)

select * from int_baskets
