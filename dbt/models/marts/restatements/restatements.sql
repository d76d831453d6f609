-- One row per KPI and period whose value is another than the one first reported when it was over.
with

restated as (
    select
        report,
        reported_as_of,
        kpi_id,
        period,
        period_start,
        counted_since,
        period_end,
        counted_from,
        as_first_reported,
        as_now
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

-- What happened in the days counted. Only when nothing did, what happened on others known at the time.
causes as (
    select distinct
        restated.kpi_id,
        restated.period,
        restated.period_start,
        changes.change,
        changes.date between restated.counted_since and restated.period_end as is_counted
    from restated
    inner join changes
        on
            restated.report >= changes.from_report
            and restated.report < coalesce(changes.until_report, restated.report + 1)
            and restated.reported_as_of >= changes.date
            and restated.counted_from like '% ' || changes.fact || ' %'
            and (changes.change <> 'merge' or restated.counted_from like '% person %')
    qualify is_counted = bool_or(is_counted) over (
        partition by restated.kpi_id, restated.period, restated.period_start
    )
),

joined as (
    select
        kpi_id,
        period,
        period_start,
        {{ joined_text('change', ', ', 'change') }} as changed_because
    from causes
    group by kpi_id, period, period_start
),

restatements as (
    select
        restated.kpi_id,
        restated.period,
        restated.period_start,
        restated.as_first_reported,
        restated.as_now,
        coalesce(joined.changed_because, 'later event or changed rule') as changed_because,
        restated.reported_as_of as first_reported_as_of
    from restated
    left join joined using (kpi_id, period, period_start)
)

select * from restatements
