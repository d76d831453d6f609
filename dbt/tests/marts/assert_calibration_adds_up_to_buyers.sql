-- The deciles of a fit hold every buyer known when it was made, once, and what they bought afterwards.
{{ config(meta={'dagster': {'ref': {'name': 'clv_calibration'}}}) }}

with

fits as (
    select
        fitted_at,
        evaluated_on,
        sum(customers) as customers,
        sum(actual_orders) as actual_orders,
        sum(actual_revenue) as actual_revenue
    from {{ ref('clv_calibration') }}
    group by fitted_at, evaluated_on
),

purchases as (
    select
        customer_id,
        order_date,
        net_revenue,
        min(order_date) over (partition by customer_id) as first_order_date
    from {{ ref('int_purchase_days') }}
)

select
    fits.fitted_at,
    fits.customers,
    fits.actual_orders
from fits
inner join purchases on fits.fitted_at >= purchases.first_order_date
group by fits.fitted_at, fits.evaluated_on, fits.customers, fits.actual_orders, fits.actual_revenue
having
    fits.customers != count(distinct purchases.customer_id)
    or fits.actual_orders != count_if(
        purchases.order_date > fits.fitted_at and purchases.order_date <= fits.evaluated_on
    )
    or fits.actual_revenue != coalesce(sum(purchases.net_revenue) filter (
        where purchases.order_date > fits.fitted_at and purchases.order_date <= fits.evaluated_on
    ), 0)
