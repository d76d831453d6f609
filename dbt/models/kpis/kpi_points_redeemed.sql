-- One row per day: points redeemed, as a positive number.
with

entries as (
    select
        points,
        cast(occurred_at as date) as entry_date
    from {{ ref('int_loyalty_points') }}
    where reason = 'redeem'
),

kpi_points_redeemed as (
    select
        'day' as period,
        entry_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        sum(abs(points)) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from entries
    group by entry_date
)

select * from kpi_points_redeemed
