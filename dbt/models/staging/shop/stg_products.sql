-- One row per article in force.
with

{{ rows_in_force('products') }},

stg_products as (
    select
        product_id,
        name,
        category,
        brand,
        lower(trim(kind)) as kind,
        unit_cost
    from in_force
)

select * from stg_products
