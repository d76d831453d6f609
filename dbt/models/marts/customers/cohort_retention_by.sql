-- One row per first channel or category, month of first orders and month number since then, to as_of's month.
with

activity as (
    select *
    from {{ ref('int_cohort_months') }}
    where dimension != 'all'
),

cohort_months as (
    select
        cohort_month,
        month_number
    from {{ ref('cohort_retention') }}
),

-- Everybody is active in the month of the first order.
cohorts as (
    select
        dimension,
        dimension_value,
        cohort_month,
        active_customers as customers
    from activity
    where month_number = 0
),

months as (
    select
        cohorts.*,
        cohort_months.month_number
    from cohorts
    inner join cohort_months on cohorts.cohort_month = cohort_months.cohort_month
),

filled as (
    select
        dimension,
        dimension_value,
        cohort_month,
        month_number,
        months.customers,
        coalesce(activity.active_customers, 0) as active_customers,
        cast(coalesce(activity.net_revenue, 0) as decimal(38, 4)) as net_revenue
    from months
    left join activity using (dimension, dimension_value, cohort_month, month_number)
),

cohort_retention_by as (
    select
        *,
        cast(active_customers as double) / customers as retention_rate,
        cast(sum(net_revenue) over (
            partition by dimension, dimension_value, cohort_month
            order by month_number
        ) as double) / customers as cumulative_net_revenue_per_customer
    from filled
)

select * from cohort_retention_by
