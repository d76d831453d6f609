-- By channel and by category, the parts of every cohort make up cohort_retention, month by month.
{{ config(meta={'dagster': {'ref': {'name': 'cohort_retention_by'}}}) }}

with

parts as (
    select
        dimension,
        cohort_month,
        month_number,
        sum(customers) as customers,
        sum(active_customers) as active_customers,
        sum(net_revenue) as net_revenue
    from {{ ref('cohort_retention_by') }}
    group by dimension, cohort_month, month_number
),

cohorts as (
    select
        dimensions.dimension,
        cohort_retention.*
    from {{ ref('cohort_retention') }} as cohort_retention
    cross join (values ('channel'), ('category')) as dimensions (dimension)
)

select
    dimension,
    cohort_month,
    month_number
from cohorts
full join parts using (dimension, cohort_month, month_number)
where
    parts.customers is distinct from cohorts.customers
    or parts.active_customers is distinct from cohorts.active_customers
    or parts.net_revenue is distinct from cohorts.net_revenue
