-- One row per day and stage: persons who left the stage.
with

kpi_stage_left as (
    select
        'day' as period,
        date as period_start,
        'stage' as dimension,
        stage as dimension_value,
        {{ adapter.quote('left') }} as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('lifecycle_daily') }}
)

select * from kpi_stage_left
