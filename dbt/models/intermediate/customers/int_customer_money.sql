-- One row per movement of a person's money: a valid order on its day, a refund on its own.
with

orders as (
    select
        order_id,
        customer_id,
        order_number,
        gross_sales - discount as merchandise,
        -- Of an order of unknown cost, the revenue is all that is known.
        coalesce(gross_profit, net_revenue) + refunds as profit,
        order_date
    from {{ ref('orders') }}
    where order_number is not null
),

refunds as (
    select
        order_id,
        amount,
        cast(refunded_at as date) as refund_date
    from {{ ref('int_refunds') }}
),

-- Money cannot be given back before it is there, whatever the dates say.
int_customer_money as (
    select
        customer_id,
        order_number,
        merchandise as net_revenue,
        profit,
        order_date as movement_date
    from orders
    union all
    select
        orders.customer_id,
        cast(null as integer) as order_number,
        -refunds.amount as net_revenue,
        -refunds.amount as profit,
        greatest(refunds.refund_date, orders.order_date) as movement_date
    from refunds
    inner join orders
        on refunds.order_id = orders.order_id
)

select * from int_customer_money
