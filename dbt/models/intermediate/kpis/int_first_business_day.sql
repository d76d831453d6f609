-- One row: the earliest day on which anything that the KPIs count happened; null in an empty shop.
with

business_days as (
    select min(order_date) as business_day from {{ ref('orders') }}
    union all
    select min(session_date) as business_day from {{ ref('sessions') }}
    union all
    select cast(min(created_at) as date) as business_day from {{ ref('carts') }}
    union all
    select cast(min(created_at) as date) as business_day from {{ ref('leads') }}
    union all
    select cast(min(responded_at) as date) as business_day from {{ ref('survey_responses') }}
    union all
    select min(spend_date) as business_day from {{ ref('marketing_spend') }}
    union all
    select cast(min(occurred_at) as date) as business_day from {{ ref('email_events') }}
    union all
    select cast(min(refunded_at) as date) as business_day from {{ ref('int_refunds') }}
    union all
    select cast(min(shipped_at) as date) as business_day from {{ ref('shipments') }}
    union all
    select cast(min(delivered_at) as date) as business_day from {{ ref('shipments') }}
),

int_first_business_day as (
    select min(business_day) as first_business_day
    from business_days
)

select * from int_first_business_day
