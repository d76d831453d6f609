-- One row per cohort (month, source, medium, campaign) and day number on which its money moved.
with

acquired_customers as (
    select *
    from {{ ref('int_acquired_customers') }}
),

movements as (
    select
        customer_id,
        net_revenue,
        profit,
        movement_date
    from {{ ref('int_customer_money') }}
),

-- Day 0 is the day of each one's own first order.
int_acquisition_days as (
    select
        acquired_customers.month,
        acquired_customers.source,
        acquired_customers.medium,
        acquired_customers.campaign_id,
        {{ days_between('acquired_customers.first_order_date', 'movements.movement_date') }}
            as day_number,
        cast(sum(movements.net_revenue) as decimal(38, 4)) as net_revenue,
        cast(sum(movements.profit) as decimal(38, 4)) as profit
    from movements
    inner join acquired_customers on movements.customer_id = acquired_customers.customer_id
    group by 1, 2, 3, 4, 5
)

select * from int_acquisition_days
