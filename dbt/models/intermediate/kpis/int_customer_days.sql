-- One row per day: how many persons were active customers, and how many churned ones, at its end.
with

days as (
    select date
    from {{ ref('int_kpi_period_days') }}
    where period = 'month'
),

spells as (
    select
        active_from,
        churned_on,
        previously_churned_on
    from {{ ref('int_customer_spells') }}
),

changes as (
    select
        active_from as date,
        1 as active_change,
        case when previously_churned_on is not null then -1 else 0 end as churned_change
    from spells
    union all
    select
        churned_on as date,
        -1 as active_change,
        1 as churned_change
    from spells
    where churned_on is not null
),

changes_by_day as (
    select
        date,
        sum(active_change) as active_change,
        sum(churned_change) as churned_change
    from changes
    group by date
),

int_customer_days as (
    select
        days.date,
        coalesce(sum(changes_by_day.active_change) over history, 0) as active_customers,
        coalesce(sum(changes_by_day.churned_change) over history, 0) as churned_customers
    from days
    left join changes_by_day
        on days.date = changes_by_day.date
    window history as (order by days.date rows between unbounded preceding and current row)
)

select * from int_customer_days
