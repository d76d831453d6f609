-- One row per order that is or was refunded or delivered, and a digest of that.
{{ digests_by_key('order_id') }}
with

refunds as (
    select
        order_id,
        {{ checksum(['refund_id', 'delivered_amount', 'amount', 'is_implied']) }} as settlement
    from {{ ref('int_refunds') }}
    group by order_id
),

deliveries as (
    select distinct
        order_id,
        'delivered' as settlement
    from {{ ref('stg_shipments') }}
    where delivered_at is not null
),

settlements as (
    select * from refunds
    union all
    select * from deliveries
),

int_settlement_digests as (
    select
        order_id,
        {{ checksum(['settlement']) }} as digest,
        {{ change_number() }} as change_number
    from settlements
    where order_id is not null
    group by order_id
)

select * from int_settlement_digests
