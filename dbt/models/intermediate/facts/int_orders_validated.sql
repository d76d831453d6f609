-- One row per order in force: its refunds to as_of, and whether it counts.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        order_id, customer_id, status, is_test, delivered_subtotal, delivered_total, ordered_at
    from {{ ref('int_orders_placed') }}
    {{ of_touched() }}
),

money_of_orders as (
    select order_id, delivered_gross_sales, delivered_discount
    from {{ ref('int_orders_priced') }}
    {{ of_touched() }}
),

refunds as (
    select
        order_id,
        sum(delivered_amount) as delivered_refunds,
        sum(amount) as refunds,
        bool_or(is_implied) as is_implied
    from {{ ref('int_refunds') }}
    {{ of_touched() }}
    group by order_id
),

shipped_orders as (
    select order_id
    from {{ ref('stg_shipments') }}
    semi join orders using (order_id)
    where delivered_at is not null
    group by order_id
),

-- Compared in the order's own currency, so that a missing exchange rate decides nothing.
orders_with_refunds as (
    select
        orders.*,
        coalesce(refunds.refunds, 0) as refunds,
        coalesce(
            refunds.is_implied
            or (
                refunds.delivered_refunds > 0
                and refunds.delivered_refunds
                >= money_of_orders.delivered_gross_sales - money_of_orders.delivered_discount
            ),
            false
        ) as is_refunded_in_full,
        shipped_orders.order_id is not null as was_delivered
    from orders
    inner join money_of_orders on orders.order_id = money_of_orders.order_id
    left join refunds on orders.order_id = refunds.order_id
    left join shipped_orders on orders.order_id = shipped_orders.order_id
),

int_orders_validated as (
    select
        order_id,
        customer_id,
        cast(refunds as decimal(38, 4)) as refunds,
        is_refunded_in_full,
        status in ('paid', 'shipped', 'delivered', 'refunded')
        and not is_test
        and (delivered_total > 0 or delivered_subtotal > 0)
        and (
            not is_refunded_in_full
            or ({{ var('count_refunded_orders') }} and was_delivered)
        ) as is_valid,
        ordered_at
    from orders_with_refunds
)

select * from int_orders_validated
