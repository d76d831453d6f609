-- One row per fit that is checked against what happened: months that are over, the latest calibration_months.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

months as (
    select id as months_ago
    from range({{ var('calibration_months') }}) as months (id)
),

first_purchase as (
    select min(order_date) as first_order_date
    from {{ ref('int_purchase_days') }}
),

month_ends as (
    select
        first_purchase.first_order_date,
        cast(
            date_trunc('month', as_of.as_of + 1) - months.months_ago * interval 1 month as date
        ) - 1 as evaluated_on
    from as_of
    cross join months
    cross join first_purchase
),

-- A year is left to happen, or half of a history shorter than two years.
horizons as (
    select
        first_order_date,
        evaluated_on,
        least(365, cast(
            floor(cast({{ days_between('first_order_date', 'evaluated_on') }} as double) / 2) as integer
        )) as horizon_days
    from month_ends
),

int_calibration_fits as (
    select
        horizon_days,
        evaluated_on - horizon_days as fitted_at,
        evaluated_on
    from horizons
    where
        {{ days_between('first_order_date', 'evaluated_on - horizon_days') }}
        >= {{ var('predict_min_days') }}
)

select * from int_calibration_fits
