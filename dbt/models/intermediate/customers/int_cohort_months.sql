-- One row per dimension value (all, first channel, first category), cohort month and month number in which such
-- persons ordered or were refunded.
{%- set dimensions = ['channel', 'category'] %}
with

traits as (
    select *
    from {{ ref('int_cohort_traits') }}
),

orders as (
    select
        order_id,
        customer_id,
        gross_sales - discount as merchandise,
        cast(date_trunc('month', order_date) as date) as order_month
    from {{ ref('orders') }}
    where order_number is not null
),

refunds as (
    select
        order_id,
        amount,
        cast(date_trunc('month', refunded_at) as date) as refund_month
    from {{ ref('int_refunds') }}
),

movements as (
    select
        customer_id,
        customer_id as active_customer_id,
        merchandise as amount,
        order_month as movement_month
    from orders
    union all
    select
        orders.customer_id,
        null as active_customer_id,
        -refunds.amount as amount,
        refunds.refund_month as movement_month
    from orders
    inner join refunds on orders.order_id = refunds.order_id
),

-- A refund dated before the cohort began has a wrong date, yet its money is gone: month 0.
dated_movements as (
    select
        traits.channel,
        traits.category,
        traits.cohort_month,
        greatest(
            {{ months_between('traits.cohort_month', 'movements.movement_month') }}, 0
        ) as month_number,
        movements.active_customer_id,
        movements.amount
    from movements
    inner join traits on movements.customer_id = traits.customer_id
),

int_cohort_months as (
    select
        {{ dimension(dimensions) }},
        cohort_month,
        month_number,
        count(distinct active_customer_id) as active_customers,
        cast(sum(amount) as decimal(38, 4)) as net_revenue
    from dated_movements
    group by {{ each_dimension('cohort_month, month_number', dimensions) }}
)

select * from int_cohort_months
