-- One row per product and other product that valid orders hold together.
with

baskets as (
    select
        order_id,
        product_id
    from {{ ref('int_baskets') }}
),

{{ affinities('baskets', 'order_id') }},

all_orders as (
    select count(distinct order_id) as orders
    from baskets
),

product_affinity as (
    select
        pairs.product_id,
        pairs.related_product_id,
        pairs.groups as orders,
        products.groups as orders_with_product,
        related_products.groups as orders_with_related_product,
        cast(pairs.groups as double) / all_orders.orders as support,
        cast(pairs.groups as double) / products.groups as confidence,
        cast(pairs.groups as double) * all_orders.orders
        / (cast(products.groups as double) * related_products.groups) as lift
    from pairs
    cross join all_orders
    inner join groups_of_products as products
        on pairs.product_id = products.product_id
    inner join groups_of_products as related_products
        on pairs.related_product_id = related_products.product_id
)

select * from product_affinity
