-- Leads, prospects and purchases of a month are those of the KPIs.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

progress as (
    select
        cast(date_trunc('month', created_at) as date) as month,
        count(*) as leads,
        count_if(is_prospect) as prospects,
        count_if(furthest_step = 'purchase') as purchases
    from {{ ref('lead_progress') }}
    group by cast(date_trunc('month', created_at) as date)
),

counted as (
    select
        period_start as month,
        max(numerator) filter (where kpi_id = 'leads') as leads,
        max(denominator) filter (where kpi_id = 'lead_conversion_rate') as prospects,
        max(numerator) filter (where kpi_id = 'lead_conversion_rate') as purchases
    from {{ ref('kpis') }}
    where period = 'month' and dimension = 'all'
    group by period_start
)

select counted.month
from counted
left join progress on counted.month = progress.month
where
    counted.leads != coalesce(progress.leads, 0)
    or counted.prospects != coalesce(progress.prospects, 0)
    or counted.purchases != coalesce(progress.purchases, 0)
