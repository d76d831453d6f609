-- One row per valid order and person whose it is or was, and a digest of its worth and of what was bought.
{{ digests_by_key(['order_id', 'customer_id'], 'int_order_credit_changes', among='order_id') }}
with

orders as (
    select
        order_id,
        customer_id,
        order_number,
        net_revenue,
        ordered_at
    from {{ ref('orders') }}
    {{ of_changed_keys() }}
    where order_number is not null
),

order_items as (
    select
        order_id,
        product_id,
        quantity
    from {{ ref('order_items') }}
    {{ of_changed_keys() }}
),

products as (
    select
        product_id,
        kind,
        category,
        brand
    from {{ ref('stg_products') }}
),

int_purchase_digests as (
    select
        orders.order_id,
        orders.customer_id,
        {{ checksum([
            'orders.order_number', 'orders.net_revenue', 'orders.ordered_at', 'order_items.product_id',
            'order_items.quantity', 'products.kind', 'products.category', 'products.brand'
        ]) }} as digest,
        {{ change_number() }} as change_number
    from orders
    left join order_items on orders.order_id = order_items.order_id
    left join products on order_items.product_id = products.product_id
    group by orders.order_id, orders.customer_id
)

select * from int_purchase_digests
