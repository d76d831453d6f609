-- One row per order that is or was refunded, and a digest of its refunds.
{{ digests_by_key('order_id') }}
with

refunds as (
    select
        order_id,
        refund_id,
        delivered_amount,
        amount,
        is_implied
    from {{ ref('int_refunds') }}
    where order_id is not null
),

int_refund_digests as (
    select
        order_id,
        {{ checksum(['refund_id', 'delivered_amount', 'amount', 'is_implied']) }} as digest,
        {{ change_number() }} as change_number
    from refunds
    group by order_id
)

select * from int_refund_digests
