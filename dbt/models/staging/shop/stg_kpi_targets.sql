-- One row per KPI and period in force.
with

{{ rows_in_force('kpi_targets') }},

stg_kpi_targets as (
    select
        kpi_id,
        period_start,
        lower(trim(period)) as period,
        target
    from in_force
)

select * from stg_kpi_targets
