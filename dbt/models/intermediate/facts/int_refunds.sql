-- One row per refund, delivered or implied by an order that is refunded without one.
with

delivered_refunds as (
    select
        refund_id,
        order_id,
        refunded_at,
        amount,
        reason
    from {{ ref('stg_refunds') }}
),

orders as (
    select
        order_id,
        customer_id,
        exchange_rate,
        status,
        ordered_at,
        updated_at
    from {{ ref('int_orders_placed') }}
),

money_of_orders as (
    select
        order_id,
        delivered_gross_sales - delivered_discount as delivered_amount,
        gross_sales - discount as amount
    from {{ ref('int_orders_priced') }}
),

known_refunds as (
    select
        delivered_refunds.refund_id,
        delivered_refunds.order_id,
        orders.customer_id,
        delivered_refunds.reason,
        delivered_refunds.amount as delivered_amount,
        {{ in_shop_currency('delivered_refunds.amount', 'orders.exchange_rate') }} as amount,
        false as is_implied,
        delivered_refunds.refunded_at
    from delivered_refunds
    left join orders on delivered_refunds.order_id = orders.order_id
),

implied_refunds as (
    select
        'implied:' || orders.order_id as refund_id,
        orders.order_id,
        orders.customer_id,
        cast(null as {{ dbt.type_string() }}) as reason,
        money_of_orders.delivered_amount,
        money_of_orders.amount,
        true as is_implied,
        coalesce(orders.updated_at, orders.ordered_at) as refunded_at
    from orders
    inner join money_of_orders on orders.order_id = money_of_orders.order_id
    anti join delivered_refunds on orders.order_id = delivered_refunds.order_id
    where orders.status = 'refunded'
),

int_refunds as (
    select * from known_refunds
    union all
    select * from implied_refunds
)

select * from int_refunds
