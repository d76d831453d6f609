-- One row per fit and decile of the expected orders: what was expected, and what happened.
with

predictors as (
    select *
    from {{ ref('int_calibration_predictors') }}
),

-- Ten equal parts of the persons, the first with the fewest expected orders.
deciles as (
    select
        *,
        1 + cast(floor(
            10 * cast(row_number() over (
                partition by fitted_at order by expected_orders, customer_id
            ) - 1 as double) / count(*) over (partition by fitted_at)
        ) as integer) as decile
    from predictors
),

clv_calibration as (
    select
        decile,
        count(*) as customers,
        cast(sum(expected_orders) as double) as expected_orders,
        cast(sum(actual_orders) as bigint) as actual_orders,
        cast(sum(expected_revenue) as decimal(38, 4)) as expected_revenue,
        cast(sum(actual_revenue) as decimal(38, 4)) as actual_revenue,
        cast(sum(own_rate_orders) as double) as own_rate_orders,
        cast(sum(segment_rate_orders) as double) as segment_rate_orders,
        cast(sum(expected_orders - actual_orders) as double) / count(*) as bias,
        cast(sum(abs(expected_orders - actual_orders)) as double) / count(*)
            as mean_absolute_error,
        cast(sum(abs(own_rate_orders - actual_orders)) as double) / count(*)
            as own_rate_mean_absolute_error,
        cast(sum(abs(segment_rate_orders - actual_orders)) as double) / count(*)
            as segment_rate_mean_absolute_error,
        horizon_days,
        fitted_at,
        fitted_at + horizon_days as evaluated_on
    from deciles
    group by decile, horizon_days, fitted_at
)

select * from clv_calibration
