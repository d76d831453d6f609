-- One row per day and dimension value: points of positive entries.
with

entries as (
    select
        coalesce(reason, '(none)') as reason,
        points,
        cast(occurred_at as date) as entry_date
    from {{ ref('int_loyalty_points') }}
    where points > 0
),

kpi_points_issued as (
    select
        'day' as period,
        entry_date as period_start,
        {{ dimension(['reason']) }},
        sum(points) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from entries
    group by {{ each_dimension('entry_date', ['reason']) }}
)

select * from kpi_points_issued
