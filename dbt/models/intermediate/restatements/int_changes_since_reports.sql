-- One row per report that a restated KPI was first in, kind of fact and day known then, with what has happened since.
with

reports as (
    select distinct
        report,
        reported_as_of
    from {{ ref('int_restated_kpis') }}
),

changes as (
    select
        fact,
        date,
        from_report,
        until_report,
        change
    from {{ ref('int_fact_changes') }}
),

int_changes_since_reports as (
    select
        reports.report,
        changes.fact,
        changes.date,
        changes.change
    from reports
    inner join changes
        on
            reports.report >= changes.from_report
            and reports.report < coalesce(changes.until_report, reports.report + 1)
            and reports.reported_as_of >= changes.date
)

select * from int_changes_since_reports
