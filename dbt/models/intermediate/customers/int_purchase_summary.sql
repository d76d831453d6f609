-- One row per person with a valid order: what models of buying need, in days (Fader, Hardie, Lee).
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

orders as (
    select
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

-- Several orders on one day are one purchase.
purchase_days as (
    select
        customer_id,
        order_date,
        cast(sum(net_revenue) as double) as revenue,
        min(order_date) over (partition by customer_id) as first_order_date
    from orders
    group by customer_id, order_date
),

int_purchase_summary as (
    select
        purchase_days.customer_id,
        count(*) - 1 as frequency,
        {{ days_between('min(purchase_days.order_date)', 'max(purchase_days.order_date)') }}
            as recency,
        {{ days_between('min(purchase_days.order_date)', 'min(as_of.as_of)') }} as t,
        avg(purchase_days.revenue)
            filter (where purchase_days.order_date > purchase_days.first_order_date) as monetary,
        min(purchase_days.order_date) as first_order_date,
        max(purchase_days.order_date) as last_order_date
    from purchase_days
    cross join as_of
    group by purchase_days.customer_id
)

select * from int_purchase_summary
