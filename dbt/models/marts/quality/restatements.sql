-- One row per KPI and period whose value differs from the one first reported when it was over.
with

restated as (
    select
        kpi_id,
        period,
        period_start,
        as_first_reported,
        as_now,
        reported_as_of
    from {{ ref('int_restated_kpis') }}
),

causes as (
    select
        kpi_id,
        period,
        period_start,
        {{ joined_text('change', ', ', 'change') }} as changed_because
    from {{ ref('int_restatement_causes') }}
    group by kpi_id, period, period_start
),

restatements as (
    select
        restated.kpi_id,
        restated.period,
        restated.period_start,
        restated.as_first_reported,
        restated.as_now,
        coalesce(causes.changed_because, 'later event or changed rule') as changed_because,
        restated.reported_as_of as first_reported_as_of
    from restated
    left join causes using (kpi_id, period, period_start)
)

select * from restatements
