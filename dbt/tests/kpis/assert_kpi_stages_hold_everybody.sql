-- At the end of each period the stages together hold every person who has appeared by then.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

sizes as (
    select
        periods.period,
        periods.period_start,
        periods.period_end,
        coalesce(sum(kpis.numerator), 0) as persons
    from {{ ref('int_kpi_periods') }} as periods
    left join {{ ref('kpis') }} as kpis
        on
            periods.period = kpis.period
            and periods.period_start = kpis.period_start
            and kpis.kpi_id = 'stage_size'
    where periods.period = 'month'
    group by periods.period, periods.period_start, periods.period_end
),

appeared as (
    select valid_from
    from {{ ref('lifecycle_stages') }}
    where previous_stage is null
)

select
    sizes.period_start,
    sizes.persons,
    count(appeared.valid_from) as persons_by_then
from sizes
left join appeared
    on sizes.period_end >= appeared.valid_from
group by sizes.period_start, sizes.persons
having sizes.persons != count(appeared.valid_from)
