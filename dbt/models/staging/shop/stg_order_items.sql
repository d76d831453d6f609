-- One row per order and line in force.
with

{{ rows_in_force('order_items') }},

stg_order_items as (
    select
        order_id,
        line_no,
        product_id,
        quantity,
        unit_price,
        discount
    from in_force
)

select * from stg_order_items
