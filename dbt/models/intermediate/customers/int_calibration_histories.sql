-- One row per fit and person who had bought by then: the purchase summary of that day, and what happened since.
with

fits as (
    select
        horizon_days,
        fitted_at,
        evaluated_on
    from {{ ref('int_calibration_fits') }}
),

purchase_days as (
    select
        customer_id,
        purchase_number,
        net_revenue,
        order_date
    from {{ ref('int_purchase_days') }}
),

purchases as (
    select
        purchase_days.customer_id,
        purchase_days.purchase_number,
        purchase_days.net_revenue,
        purchase_days.order_date,
        purchase_days.order_date <= fits.fitted_at as is_known,
        fits.horizon_days,
        fits.fitted_at
    from purchase_days
    inner join fits
        on purchase_days.order_date <= fits.evaluated_on
),

int_calibration_histories as (
    select
        customer_id,
        horizon_days,
        count(*) filter (where is_known) - 1 as frequency,
        {{ days_between('min(order_date)', 'max(order_date) filter (where is_known)') }} as recency,
        {{ days_between('min(order_date)', 'fitted_at') }} as t,
        cast(
            sum(net_revenue) filter (where is_known and purchase_number > 1) as double
        ) / nullif(count(*) filter (where is_known) - 1, 0) as monetary,
        count(*) filter (where not is_known) as actual_orders,
        coalesce(sum(net_revenue) filter (where not is_known), 0) as actual_revenue,
        fitted_at
    from purchases
    group by customer_id, horizon_days, fitted_at
    having min(order_date) <= fitted_at
)

select * from int_calibration_histories
