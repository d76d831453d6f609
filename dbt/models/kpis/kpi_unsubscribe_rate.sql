-- One row per day and dimension value: e-mails delivered on the day that made their reader
-- unsubscribe by as_of.
with

kpi_unsubscribe_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        unsubscribed as numerator,
        delivered as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_message_days') }}
)

select * from kpi_unsubscribe_rate
