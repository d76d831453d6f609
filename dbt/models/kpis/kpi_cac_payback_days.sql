-- One row per month in which its new customers paid back what they cost: the day, counted from
-- each one's first order.
with

acquisition_costs as (
    select
        date_trunc('month', period_start) as cohort_month,
        sum(numerator) as cost
    from {{ ref('kpi_cac') }}
    where dimension = 'all'
    group by date_trunc('month', period_start)
),

movements as (
    select
        customer_id,
        profit,
        movement_date,
        min(movement_date) over (partition by customer_id) as first_order_date
    from {{ ref('int_customer_money') }}
),

days_of_cohorts as (
    select
        date_trunc('month', first_order_date) as cohort_month,
        {{ days_between('first_order_date', 'movement_date') }} as day_number,
        count(distinct customer_id) filter (where movement_date = first_order_date) as customers,
        sum(profit) as profit
    from movements
    group by
        date_trunc('month', first_order_date),
        {{ days_between('first_order_date', 'movement_date') }}
),

profit_to_date as (
    select
        cohort_month,
        day_number,
        max(customers) over (partition by cohort_month) as customers,
        sum(profit) over (partition by cohort_month order by day_number) as profit
    from days_of_cohorts
),

kpi_cac_payback_days as (
    select
        'month' as period,
        profit_to_date.cohort_month as period_start,
        'all' as dimension,
        'all' as dimension_value,
        min(profit_to_date.day_number) as numerator,
        min(profit_to_date.customers) as denominator,
        cast(null as double) as sum_of_squares
    from profit_to_date
    left join acquisition_costs
        on profit_to_date.cohort_month = acquisition_costs.cohort_month
    where profit_to_date.profit >= coalesce(acquisition_costs.cost, 0)
    group by profit_to_date.cohort_month
)

select * from kpi_cac_payback_days
