-- One row per order and change of it, of its person's orders or stages, or of the platform that brought it.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        customer_id,
        campaign_id,
        source,
        order_date
    from {{ ref('orders') }}
),

credits as (
    select
        order_id,
        change_number
    from {{ ref('int_order_credit_changes') }}
),

purchases as (
    select
        customer_id,
        change_number
    from {{ ref('int_purchase_digests') }}
),

int_order_dimension_changes as (
    select * from credits
    union all
    select orders.order_id, purchases.change_number
    from orders
    inner join purchases on orders.customer_id = purchases.customer_id
    union all
    {{ changes_of_dimensions('orders', 'order_id', 'order_date') }}
)

select * from int_order_dimension_changes
