-- One row per KPI and month, set a year ahead, and once again in the middle of the second year.
create table feeds.kpi_targets as
with months as (
    select
        day as period_start,
        dense_rank() over (order by day) as month_no,
        sum(weight) over (order by day rows between current row and 29 following) as weight
    from calendar
    qualify day(day) = 1
)

select
    least(
        getvariable('last_day'), greatest(getvariable('first_day'), date_trunc('year', months.period_start)::date)
    ) as delivery,
    targets.kpi_id,
    months.period_start,
    'month' as period,
    case targets.kpi_id
        when 'orders' then round(months.weight * getvariable('customers') / getvariable('days') * 1.9)
        when 'net_revenue'
            then round(months.weight * getvariable('customers') / getvariable('days') * 1.9 * 7.5) * 1000
        when 'new_customers' then round(months.weight * getvariable('customers') / getvariable('days') * 0.85)
        else targets.level
    end::decimal(18, 4) as target
from months
cross join (values
    ('orders', null), ('net_revenue', null), ('new_customers', null), ('conversion_rate', 0.03), ('nps', 30),
    ('aov', 7500), ('cac', 3500), ('cart_abandonment_rate', 0.65), ('on_time_rate', 0.95), ('churn_rate', 0.08)
) as targets (kpi_id, level);
