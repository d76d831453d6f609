-- The days of an additive KPI add up to its weeks and months. The first week and month may hold
-- days before the first business day, on which only what opens no business day happened; so their
-- sum may be short of them.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

first_day as (
    select first_business_day
    from {{ ref('int_first_business_day') }}
),

days as (
    select kpis.*
    from {{ ref('kpis') }} as kpis
    inner join {{ ref('kpi_definitions') }} as kpi_definitions
        on kpis.kpi_id = kpi_definitions.kpi_id
    where kpis.period = 'day' and kpi_definitions.additive
),

sums_of_days as (
    select
        days.kpi_id,
        period_days.period,
        period_days.period_start,
        days.dimension,
        days.dimension_value,
        sum(days.numerator) as numerator,
        sum(days.denominator) as denominator
    from days
    inner join {{ ref('int_kpi_period_days') }} as period_days
        on days.period_start = period_days.date
    where period_days.period != 'day'
    group by all
)

select
    sums_of_days.*,
    kpis.numerator as reported_numerator,
    kpis.denominator as reported_denominator
from sums_of_days
cross join first_day
left join {{ ref('kpis') }} as kpis
    using (kpi_id, period, period_start, dimension, dimension_value)
where
    sums_of_days.period_start >= first_day.first_business_day
    and (
        abs(sums_of_days.numerator - coalesce(kpis.numerator, 0)) > 0.001
        or abs(coalesce(sums_of_days.denominator, 0) - coalesce(kpis.denominator, 0)) > 0.001
    )
