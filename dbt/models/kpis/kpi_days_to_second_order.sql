-- One row per period: median days between the first two orders of the persons whose second one is
-- in it.
with

second_orders as (
    select
        order_number,
        order_date,
        {{ days_between(
            'lag(order_date) over (partition by customer_id order by order_number)', 'order_date'
        ) }} as days_since_first_order
    from {{ ref('orders') }}
    where order_number <= 2
    qualify order_number = 2
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

kpi_days_to_second_order as (
    select
        period_days.period,
        period_days.period_start,
        'all' as dimension,
        'all' as dimension_value,
        median(second_orders.days_since_first_order) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from second_orders
    inner join period_days
        on second_orders.order_date = period_days.date
    group by period_days.period, period_days.period_start
)

select * from kpi_days_to_second_order
