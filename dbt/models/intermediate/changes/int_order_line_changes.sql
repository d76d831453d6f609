-- One row per order and change of what its lines are worth: of the order, of a line, of an article.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        change_number
    from {{ ref('int_order_changes') }}
),

versions as (
    select
        order_id,
        change_number
    from {{ ref('base_order_items') }}
),

order_items as (
    select
        order_id,
        product_id
    from {{ ref('stg_order_items') }}
),

products as (
    select
        product_id,
        change_number
    from {{ ref('int_product_changes') }}
),

int_order_line_changes as (
    select * from orders
    union all
    select * from versions
    union all
    select
        order_items.order_id,
        products.change_number
    from order_items
    inner join products on order_items.product_id = products.product_id
)

select * from int_order_line_changes
