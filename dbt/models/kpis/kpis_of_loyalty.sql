-- One row per KPI, period and dimension value: points given and redeemed, and the tiers held at the period's end.
with

entries as (
    select
        coalesce(reason, '(none)') as reason,
        points,
        cast(occurred_at as date) as entry_date
    from {{ ref('int_loyalty_points') }}
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

tier_days as (
    select
        *,
        sum(customers) over (partition by date) as customers_with_points
    from {{ ref('int_tier_days') }}
),

entry_days as (
    select
        entry_date as date,
        {{ dimension(['reason']) }},
        sum(points) filter (where points > 0) as points_issued,
        sum(abs(points)) filter (where reason = 'redeem') as points_redeemed
    from entries
    group by {{ each_dimension('entry_date', ['reason']) }}
),

tier_periods as (
    select
        periods.period,
        periods.period_start,
        'tier' as dimension,
        tier_days.tier as dimension_value,
        tier_days.customers,
        tier_days.customers_with_points
    from periods
    inner join tier_days
        on periods.period_end = tier_days.date
),

kpis_of_loyalty as (
    {{ kpis_of_days('entry_days', [
        ('points_issued', 'points_issued'),
        ('points_redeemed', 'points_redeemed', ['all']),
    ]) }}
    union all
    {{ kpis_of_periods('tier_periods', [
        ('tier_share', 'customers', 'customers_with_points'),
    ]) }}
)

select * from kpis_of_loyalty
