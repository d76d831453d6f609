-- One row per product and other product that sessions looked at together.
with

viewed_products as (
    select
        session_id,
        product_id
    from {{ ref('int_viewed_products') }}
),

{{ affinities('viewed_products', 'session_id') }},

int_products_viewed_together as (
    select
        pairs.product_id,
        pairs.related_product_id,
        pairs.groups as sessions,
        cast(pairs.groups as double) / products.groups as confidence
    from pairs
    inner join groups_of_products as products on pairs.product_id = products.product_id
)

select * from int_products_viewed_together
