-- One row per KPI, period and stage: persons who entered and left it on the day, and who are in it at the period's end.
with

lifecycle_days as (
    select
        date,
        'stage' as dimension,
        stage as dimension_value,
        customers,
        entered,
        {{ adapter.quote('left') }} as left_stage
    from {{ ref('lifecycle_daily') }}
),

periods as (
    select *
    from {{ ref('int_kpi_periods') }}
),

period_ends as (
    select
        periods.period,
        periods.period_start,
        lifecycle_days.dimension,
        lifecycle_days.dimension_value,
        lifecycle_days.customers
    from periods
    inner join lifecycle_days
        on periods.period_end = lifecycle_days.date
),

kpis_of_stages as (
    {{ kpis_of_days('lifecycle_days', [
        ('stage_entered', 'entered'),
        ('stage_left', 'left_stage'),
    ]) }}
    union all
    {{ kpis_of_periods('period_ends', [
        ('stage_size', 'customers'),
    ]) }}
)

select * from kpis_of_stages
