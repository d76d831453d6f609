-- Every month's spend and new customers are all there, once.
{{ config(meta={'dagster': {'ref': {'name': 'acquisition'}}}) }}

with

acquired as (
    select
        month,
        sum(spend) as spend,
        sum(new_customers) as new_customers
    from {{ ref('acquisition') }}
    group by month
),

spend as (
    select
        cast(date_trunc('month', spend_date) as date) as month,
        sum(cost) as spend
    from {{ ref('marketing_spend') }}
    group by 1
),

customers as (
    select
        cast(date_trunc('month', order_date) as date) as month,
        count(*) as new_customers
    from {{ ref('orders') }}
    where order_number = 1
    group by 1
)

select month
from acquired
full join spend using (month)
full join customers using (month)
where
    coalesce(acquired.spend, 0) != coalesce(spend.spend, 0)
    or coalesce(acquired.new_customers, 0) != coalesce(customers.new_customers, 0)
