-- One row per person who has or had a valid order, and a digest of their order and worth.
{{ digests_by_key('customer_id') }}
with

orders as (
    select
        order_id,
        customer_id,
        order_number,
        net_revenue,
        ordered_at
    from {{ ref('orders') }}
    where order_number is not null
),

int_purchase_digests as (
    select
        customer_id,
        {{ checksum(['order_id', 'order_number', 'net_revenue', 'ordered_at']) }} as digest,
        {{ change_number() }} as change_number
    from orders
    group by customer_id
)

select * from int_purchase_digests
