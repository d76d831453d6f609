-- One row per order and change of the order or of what led to it.
{{ config(materialized='view') }}
with

order_values as (
    select
        order_id,
        change_number
    from {{ ref('int_order_value_changes') }}
),

contacts as (
    select
        customer_id,
        change_number
    from {{ ref('int_contact_changes') }}
),

orders as (
    select
        order_id,
        customer_id
    from {{ ref('int_orders_validated') }}
),

int_order_credit_changes as (
    select * from order_values
    union all
    {{ changes_through_persons('orders', 'order_id', 'contacts') }}
)

select * from int_order_credit_changes
