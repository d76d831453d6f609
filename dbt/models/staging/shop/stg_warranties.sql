-- One row per warranty in force.
with

{{ rows_in_force('warranties') }},

stg_warranties as (
    select
        warranty_id,
        order_id,
        product_id,
        sold_at,
        price,
        starts_on,
        ends_on
    from in_force
)

select * from stg_warranties
