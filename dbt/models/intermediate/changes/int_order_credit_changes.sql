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
    select
        orders.order_id,
        contacts.change_number
    from orders
    inner join contacts on orders.customer_id = contacts.customer_id
    union all
    select
        cast(null as {{ dbt.type_string() }}) as order_id,
        change_number
    from contacts
    where customer_id is null
)

select * from int_order_credit_changes
