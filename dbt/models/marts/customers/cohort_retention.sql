-- One row per month of first orders and month number since then, to as_of's month.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

activity as (
    select
        cohort_month,
        month_number,
        active_customers,
        net_revenue
    from {{ ref('int_cohort_months') }}
    where dimension = 'all'
),

-- Everybody is active in the month of the first order.
cohorts as (
    select
        cohort_month,
        active_customers as customers
    from activity
    where month_number = 0
),

first_month as (
    select min(cohort_month) as cohort_month
    from cohorts
),

days as (
    select {{ rows_of(days_from_to('first_month.cohort_month', 'as_of.as_of')) }} as day
    from first_month
    cross join as_of
    where first_month.cohort_month is not null
),

months as (
    select distinct
        cohorts.cohort_month,
        cohorts.customers,
        {{ months_between('cohorts.cohort_month', 'days.day') }} as month_number
    from cohorts
    inner join days
        on cohorts.cohort_month <= days.day
),

cohort_retention as (
    select
        months.cohort_month,
        months.month_number,
        months.customers,
        coalesce(activity.active_customers, 0) as active_customers,
        cast(coalesce(activity.active_customers, 0) as double) / months.customers as retention_rate,
        coalesce(activity.net_revenue, 0) as net_revenue,
        cast(sum(coalesce(activity.net_revenue, 0)) over (
            partition by months.cohort_month
            order by months.month_number
        ) as double) / months.customers as cumulative_net_revenue_per_customer
    from months
    left join activity
        on
            months.cohort_month = activity.cohort_month
            and months.month_number = activity.month_number
)

select * from cohort_retention
