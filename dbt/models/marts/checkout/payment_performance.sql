-- One row per month and payment method of the orders placed.
with

orders as (
    select
        coalesce(payment_method, '(none)') as payment_method,
        status,
        is_valid,
        gross_sales - discount as merchandise,
        refunds,
        net_revenue,
        cast(date_trunc('month', order_date) as date) as month
    from {{ ref('orders') }}
    where not is_test
),

counted as (
    select
        month,
        payment_method,
        count(*) as placed_orders,
        count(*) filter (where is_valid) as orders,
        count(*) filter (where status = 'pending') as pending_orders,
        count(*) filter (where status = 'cancelled') as cancelled_orders,
        cast(coalesce(sum(net_revenue) filter (where is_valid), 0) as decimal(38, 4)) as net_revenue,
        cast(coalesce(sum(refunds) filter (where is_valid), 0) as decimal(38, 4)) as refunds,
        cast(coalesce(sum(merchandise) filter (where is_valid), 0) as decimal(38, 4)) as merchandise
    from orders
    group by month, payment_method
),

payment_performance as (
    select
        month,
        payment_method,
        placed_orders,
        orders,
        pending_orders,
        cancelled_orders,
        placed_orders - orders - pending_orders - cancelled_orders as other_orders,
        net_revenue,
        cast(orders as double) / placed_orders as completion_rate,
        cast(merchandise as double) / nullif(orders, 0) as average_order_value,
        cast(refunds as double) / cast(nullif(merchandise, 0) as double) as return_rate
    from counted
)

select * from payment_performance
