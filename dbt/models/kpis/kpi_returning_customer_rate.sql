-- One row per period: of the persons with a valid order in it, those with one on a day before its
-- start.
with

orders as (
    select
        customer_id,
        order_date,
        min(order_date) over (partition by customer_id) as first_order_date
    from {{ ref('orders') }}
    where order_number is not null
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

kpi_returning_customer_rate as (
    select
        period_days.period,
        period_days.period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(distinct orders.customer_id)
            filter (where orders.first_order_date < period_days.period_start) as numerator,
        count(distinct orders.customer_id) as denominator,
        cast(null as double) as sum_of_squares
    from orders
    inner join period_days
        on orders.order_date = period_days.date
    group by period_days.period, period_days.period_start
)

select * from kpi_returning_customer_rate
