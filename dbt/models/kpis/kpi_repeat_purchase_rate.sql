-- One row per period: of the persons with an order in the repeat_days to the period's end, those
-- with two or more.
with

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

repeat_buyer_days as (
    select *
    from {{ ref('int_repeat_buyer_days') }}
),

kpi_repeat_purchase_rate as (
    select
        periods.period,
        periods.period_start,
        'all' as dimension,
        'all' as dimension_value,
        repeat_buyer_days.repeat_buyers as numerator,
        repeat_buyer_days.buyers as denominator,
        cast(null as double) as sum_of_squares
    from periods
    inner join repeat_buyer_days
        on periods.period_end = repeat_buyer_days.date
)

select * from kpi_repeat_purchase_rate
