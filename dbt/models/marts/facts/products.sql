-- One row per article.
with

articles as (
    select *
    from {{ ref('stg_products') }}
),

products as (
    select
        product_id,
        name,
        category,
        brand,
        coalesce(kind, 'goods') as kind,
        unit_cost
    from articles
)

select * from products
