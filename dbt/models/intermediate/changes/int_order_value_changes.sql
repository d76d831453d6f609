-- One row per order and change of whether it counts and for how much.
{{ config(materialized='view') }}
with

order_lines as (
    select
        order_id,
        change_number
    from {{ ref('int_order_line_changes') }}
),

refunds as (
    select
        order_id,
        change_number
    from {{ ref('int_refund_digests') }}
),

int_order_value_changes as (
    select * from order_lines
    union all
    select * from refunds
    union all
    {{ affected_by('shipments', 'order_id') }}
)

select * from int_order_value_changes
