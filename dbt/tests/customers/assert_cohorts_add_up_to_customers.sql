-- The cohorts hold every buyer once, and their money is that of the customers, to the last digit.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with

cohorts as (
    select
        coalesce(sum(customers) filter (where month_number = 0), 0) as customers,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('cohort_retention') }}
),

buyers as (
    select
        count(*) as customers,
        coalesce(sum(net_revenue), 0) as net_revenue
    from {{ ref('customers') }}
    where orders > 0
)

select
    cohorts.customers - buyers.customers as missing_customers,
    cohorts.net_revenue - buyers.net_revenue as missing_revenue
from cohorts
cross join buyers
where
    cohorts.customers <> buyers.customers
    or cohorts.net_revenue <> buyers.net_revenue
