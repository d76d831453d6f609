-- One row per article that is or was known, with a digest of what order lines and their buyers are told of it.
{{ digests_by_key('product_id') }}
with

products as (
    select
        product_id,
        kind,
        category,
        brand,
        unit_cost
    from {{ ref('stg_products') }}
),

int_product_changes as (
    select
        product_id,
        {{ checksum(['kind', 'category', 'brand', 'unit_cost']) }} as digest,
        {{ change_number() }} as change_number
    from products
    group by product_id
)

select * from int_product_changes
