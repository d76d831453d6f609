-- Every day the stages together grow by the newcomers, and each by who came less who went.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_daily'}}}) }}

with

days as (
    select
        lifecycle_daily.date,
        lifecycle_daily.stage,
        lifecycle_daily.customers,
        lifecycle_daily.entered - lifecycle_daily.{{ adapter.quote('left') }} as change,
        lag(lifecycle_daily.customers, 1, 0) over (
            partition by lifecycle_daily.stage order by lifecycle_daily.date
        ) as customers_before
    from {{ ref('lifecycle_daily') }} as lifecycle_daily
),

newcomers as (
    select valid_from as date, count(*) as persons
    from {{ ref('lifecycle_stages') }}
    where previous_stage is null
    group by valid_from
),

totals as (
    select
        days.date,
        sum(days.customers) - sum(days.customers_before) as growth,
        sum(abs(days.customers - days.customers_before - days.change)) as unexplained,
        min(days.customers) as smallest
    from days
    group by days.date
)

select totals.*
from totals
left join newcomers
    on totals.date = newcomers.date
where
    totals.growth <> coalesce(newcomers.persons, 0)
    or totals.unexplained <> 0
    or totals.smallest < 0
