-- One row per possible threshold of free shipping.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

baskets as (
    select orders.gross_sales - orders.discount as basket
    from {{ ref('orders') }} as orders
    cross join as_of
    where
        orders.is_valid
        and orders.gross_sales > orders.discount
        and orders.order_date > as_of.as_of - {{ var('basket_days') }}
),

median_basket as (
    select median(cast(basket as double)) as median_basket
    from baskets
),

-- Two digits, as a shop would write it; several multiples may come to the same.
thresholds as (
    select distinct
        cast(
            round(
                steps.multiple_of_median * median_basket.median_basket
                / power(10.0, floor(log10(steps.multiple_of_median * median_basket.median_basket)) - 1)
            ) * power(10.0, floor(log10(steps.multiple_of_median * median_basket.median_basket)) - 1)
            as decimal(18, 4)
        ) as threshold
    from {{ ref('basket_threshold_steps') }} as steps
    cross join median_basket
    where median_basket.median_basket is not null
),

compared as (
    select
        thresholds.threshold,
        thresholds.threshold - baskets.basket as missing,
        baskets.basket < thresholds.threshold as is_below,
        baskets.basket < thresholds.threshold
        and baskets.basket >= thresholds.threshold * (1 - {{ var('basket_reach') }}) as is_within_reach
    from thresholds
    cross join baskets
),

basket_thresholds as (
    select
        threshold,
        count(*) as orders,
        count(*) filter (where is_below) as orders_below,
        count(*) filter (where is_within_reach) as orders_within_reach,
        count(*) filter (where not is_below) as orders_reaching,
        cast(coalesce(sum(missing) filter (where is_within_reach), 0) as decimal(38, 4))
            as missing_amount,
        cast(
            round(coalesce(sum(missing) filter (where is_within_reach), 0)
            * {{ var('basket_topup_share') }}, 4) as decimal(38, 4)
        ) as expected_uplift
    from compared
    group by threshold
)

select * from basket_thresholds
