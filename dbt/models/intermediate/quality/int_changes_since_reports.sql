-- One row per report that a restated KPI was first in, kind of fact and day known then, with what has happened since.
with

reports as (
    select distinct
        report,
        reported_as_of
    from {{ ref('int_restated_kpis') }}
),

states as (
    select *
    from {{ ref('int_fact_states') }}
),

found as (
    select *
    from {{ ref('int_fact_days') }}
),

-- What was reported of a day, against what its rows say now.
compared as (
    select
        states.*,
        coalesce(found.facts, 0) - states.facts as more,
        found.content is distinct from states.content as says_otherwise,
        found.persons is distinct from states.persons as is_of_others
    from states
    left join found on states.fact = found.fact and states.date = found.date
),

changes as (
    select
        *,
        case
            when not says_otherwise then 'merge'
            when fact = 'refund' then 'refund'
            when more > 0 then 'late ' || fact
            when more < 0 then 'withdrawn ' || fact
            else 'changed ' || fact
        end as change
    from compared
    where says_otherwise or is_of_others
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
