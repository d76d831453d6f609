-- One row per KPI and month: what winning its new customers cost, against what they bring.
with

spend as (
    select
        date_trunc('month', spend_date) as month,
        sum(cost) as cost
    from {{ ref('marketing_spend') }}
    group by date_trunc('month', spend_date)
),

movements as (
    select
        customer_id,
        profit,
        movement_date,
        min(movement_date) over (partition by customer_id) as first_order_date
    from {{ ref('int_customer_money') }}
),

-- The profit of a month's new customers by day, counted from each one's first order.
cohort_days as (
    select
        date_trunc('month', first_order_date) as month,
        {{ days_between('first_order_date', 'movement_date') }} as day_number,
        count(distinct customer_id) filter (where movement_date = first_order_date) as customers,
        sum(profit) as profit
    from movements
    group by 1, 2
),

profit_to_date as (
    select
        month,
        day_number,
        max(customers) over (partition by month) as customers,
        sum(profit) over (partition by month order by day_number) as profit
    from cohort_days
),

paybacks as (
    select
        'month' as period,
        month as period_start,
        {{ no_dimension() }},
        min(profit_to_date.day_number) as days,
        min(profit_to_date.customers) as customers
    from profit_to_date
    left join spend using (month)
    where profit_to_date.profit >= coalesce(spend.cost, 0)
    group by month
),

-- Both are per new customer of the month, whose number cancels out.
predictions as (
    select
        'month' as period,
        date_trunc('month', summary.first_order_date) as period_start,
        {{ no_dimension() }},
        sum(predictions.clv_365d) as clv_365d,
        coalesce(min(spend.cost), 0) as cost
    from {{ ref('int_purchase_summary') }} as summary
    inner join {{ ref('int_predictions') }} as predictions using (customer_id)
    left join spend on date_trunc('month', summary.first_order_date) = spend.month
    where predictions.clv_365d is not null
    group by date_trunc('month', summary.first_order_date)
),

kpis_of_acquisition as (
    {{ kpis_of_periods('paybacks', [('cac_payback_days', 'days', 'customers')]) }}
    union all
    {{ kpis_of_periods('predictions', [('clv_to_cac', 'clv_365d', 'cost')]) }}
)

select * from kpis_of_acquisition
