-- One row per restated KPI, period and change of facts that it is counted from.
with

facts as (
    select
        report,
        kpi_id,
        period,
        period_start,
        period_end,
        additive,
        counted_from like '%person%' as is_of_persons,
        {{ rows_of(parts_of('counted_from', ' ')) }} as fact
    from {{ ref('int_restated_kpis') }}
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

changes as (
    select
        report,
        fact,
        date,
        change
    from {{ ref('int_changes_since_reports') }}
),

first_changes as (
    select
        report,
        fact,
        change,
        min(date) as date
    from changes
    group by report, fact, change
),

-- A sum of days is moved by its own days first; what is none may be counted from all that happened before.
candidates as (
    select facts.kpi_id, facts.period, facts.period_start, facts.is_of_persons, changes.change, true as is_near
    from facts
    inner join period_days using (period, period_start)
    inner join changes
        on facts.report = changes.report
        and facts.fact = changes.fact
        and period_days.date = changes.date
    union all
    select
        facts.kpi_id, facts.period, facts.period_start, facts.is_of_persons, first_changes.change,
        not facts.additive and first_changes.date <= facts.period_end
    from facts
    inner join first_changes
        on facts.report = first_changes.report
        and facts.fact = first_changes.fact
),

nearest as (
    select
        *,
        bool_or(is_near) over (partition by kpi_id, period, period_start) as has_near
    from candidates
    where change <> 'merge' or is_of_persons
),

int_restatement_causes as (
    select distinct kpi_id, period, period_start, change
    from nearest
    where is_near = has_near
)

select * from int_restatement_causes
