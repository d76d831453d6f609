-- One row per fit and person: purchases expected by the model and by two naive ways, and the actual ones.
with

histories as (
    select *
    from {{ ref('int_calibration_histories') }}
),

calibration as (
    select
        customer_id,
        expected_orders,
        expected_revenue,
        fitted_at
    from {{ source('resolved', 'prediction_calibration') }}
),

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

staged as (
    select
        histories.*,
        stages.stage
    from histories
    inner join stages
        on
            histories.customer_id = stages.customer_id
            and histories.fitted_at >= stages.valid_from
            and (histories.fitted_at < stages.valid_to or stages.valid_to is null)
),

-- Naive: everybody goes on as before, alone or like all of the lifecycle stage together.
naive as (
    select
        *,
        coalesce(cast(frequency as double) / nullif(t, 0), 0) * horizon_days as own_rate_orders,
        coalesce(
            cast(sum(frequency) over stage as double) / nullif(sum(t) over stage, 0), 0
        ) * horizon_days as segment_rate_orders
    from staged
    window stage as (partition by fitted_at, stage)
),

int_calibration_predictors as (
    select
        naive.customer_id,
        -- Decimals, as their sums do not depend on the order of the rows.
        cast(calibration.expected_orders as decimal(18, 6)) as expected_orders,
        cast(naive.own_rate_orders as decimal(18, 6)) as own_rate_orders,
        cast(naive.segment_rate_orders as decimal(18, 6)) as segment_rate_orders,
        naive.actual_orders,
        cast(calibration.expected_revenue as decimal(38, 4)) as expected_revenue,
        naive.actual_revenue,
        naive.horizon_days,
        naive.fitted_at
    from naive
    inner join calibration
        on naive.customer_id = calibration.customer_id and naive.fitted_at = calibration.fitted_at
)

select * from int_calibration_predictors
