-- One row per KPI and period: persons who ordered in it, and those who had ordered before.
with

orders as (
    select
        customer_id,
        order_number,
        order_date,
        min(order_date) over person as first_order_date,
        {{ days_between('lag(order_date) over (partition by customer_id order by order_number)', 'order_date') }}
            as days_since_previous_order
    from {{ ref('orders') }}
    where order_number is not null
    window person as (partition by customer_id)
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

repeat_buyer_days as (
    select *
    from {{ ref('int_repeat_buyer_days') }}
),

order_periods as (
    select
        period_days.period,
        period_days.period_start,
        {{ no_dimension() }},
        count(distinct orders.customer_id) as customers,
        count(distinct orders.customer_id)
            filter (where orders.first_order_date < period_days.period_start) as returning_customers,
        count(*) filter (where orders.order_number = 2) as second_orders,
        median(orders.days_since_previous_order) filter (where orders.order_number = 2) as days_to_second_order
    from orders
    inner join period_days
        on orders.order_date = period_days.date
    group by period_days.period, period_days.period_start
),

period_ends as (
    select
        periods.period,
        periods.period_start,
        {{ no_dimension() }},
        repeat_buyer_days.repeat_buyers,
        repeat_buyer_days.buyers
    from periods
    inner join repeat_buyer_days
        on periods.period_end = repeat_buyer_days.date
),

kpis_of_repeat_orders as (
    {{ kpis_of_periods('order_periods', [
        ('returning_customer_rate', 'returning_customers', 'customers'),
        ('days_to_second_order', 'days_to_second_order', 'second_orders'),
    ]) }}
    union all
    {{ kpis_of_periods('period_ends', [
        ('repeat_purchase_rate', 'repeat_buyers', 'buyers'),
    ]) }}
)

select * from kpis_of_repeat_orders
