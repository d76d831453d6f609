-- One row per day and source: views of the tracking page, and the shipments sent that they are
-- divided by.
with

shipments as (
    select cast(shipped_at as date) as shipping_date
    from {{ ref('shipments') }}
    where shipped_at is not null
),

kpi_tracking_views_per_order as (
    select
        'day' as period,
        date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        tracking_views as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_session_days') }}
    where dimension = 'all'
    union all
    select
        'day' as period,
        shipping_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        0 as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from shipments
    group by shipping_date
)

select * from kpi_tracking_views_per_order
