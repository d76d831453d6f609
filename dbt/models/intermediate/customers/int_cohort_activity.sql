-- One row per cohort and month number in which the cohort ordered or was refunded.
with

orders as (
    select
        order_id,
        customer_id,
        order_number,
        gross_sales - discount as merchandise,
        cast(date_trunc('month', order_date) as date) as order_month
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

refunds as (
    select
        order_id,
        amount,
        cast(date_trunc('month', refunded_at) as date) as refund_month
    from {{ ref('int_refunds') }}
),

cohorts as (
    select
        customer_id,
        order_month as cohort_month
    from orders
    where order_number = 1
),

movements as (
    select
        order_id,
        customer_id,
        customer_id as active_customer_id,
        merchandise as amount,
        order_month as movement_month
    from orders
    union all
    select
        orders.order_id,
        orders.customer_id,
        null as active_customer_id,
        -refunds.amount as amount,
        refunds.refund_month as movement_month
    from orders
    inner join refunds
        on orders.order_id = refunds.order_id
),

-- A refund dated before the cohort began has a wrong date, yet its money is gone: month 0.
int_cohort_activity as (
    select
        cohorts.cohort_month,
        greatest(
            {{ months_between('cohorts.cohort_month', 'movements.movement_month') }}, 0
        ) as month_number,
        count(distinct movements.active_customer_id) as active_customers,
        cast(sum(movements.amount) as decimal(38, 4)) as net_revenue
    from movements
    inner join cohorts
        on movements.customer_id = cohorts.customer_id
    group by 1, 2
)

select * from int_cohort_activity
