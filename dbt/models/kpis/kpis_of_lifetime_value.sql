-- One row per KPI and period: what everybody with a valid order by its end had brought by then.
with

days as (
    select date
    from {{ ref('int_kpi_period_days') }}
    where period = 'month'
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

movements_by_day as (
    select
        customer_id,
        movement_date,
        count(*) filter (where order_number = 1) as new_customers,
        sum(net_revenue) as net_revenue
    from {{ ref('int_customer_money') }}
    group by customer_id, movement_date
),

running as (
    select
        *,
        sum(net_revenue) over (
            partition by customer_id
            order by movement_date
            rows between unbounded preceding and current row
        ) as net_revenue_to_date
    from movements_by_day
),

-- The sum of squares over all customers changes by what one customer's square changes by.
changes as (
    select
        movement_date,
        sum(new_customers) as customers,
        sum(net_revenue) as net_revenue,
        sum(
            {{ square('net_revenue_to_date') }}
            - {{ square('(net_revenue_to_date - net_revenue)') }}
        ) as squared_net_revenue
    from running
    group by movement_date
),

days_to_date as (
    select
        days.date,
        coalesce(sum(changes.customers) over history, 0) as customers,
        coalesce(sum(changes.net_revenue) over history, 0) as net_revenue,
        coalesce(sum(changes.squared_net_revenue) over history, 0) as squared_net_revenue
    from days
    left join changes
        on days.date = changes.movement_date
    window history as (order by days.date rows between unbounded preceding and current row)
),

period_ends as (
    select
        periods.period,
        periods.period_start,
        {{ no_dimension() }},
        days_to_date.*
    from periods
    inner join days_to_date on periods.period_end = days_to_date.date
),

kpis_of_lifetime_value as (
    {{ kpis_of_periods('period_ends', [('clv_historic', 'net_revenue', 'customers', 'squared_net_revenue')]) }}
)

select * from kpis_of_lifetime_value
