-- One row per day: shipments delivered by the day that was promised, of those with a promise.
with

shipments as (
    select
        cast(delivered_at as date) as delivery_date,
        cast(promised_at as date) as promised_date
    from {{ ref('shipments') }}
    where delivered_at is not null and promised_at is not null
),

kpi_on_time_rate as (
    select
        'day' as period,
        delivery_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(*) filter (where delivery_date <= promised_date) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from shipments
    group by delivery_date
)

select * from kpi_on_time_rate
