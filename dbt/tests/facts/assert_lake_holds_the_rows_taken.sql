-- The lake has as many rows of each delivery as ingestion took.
{{ config(meta={'dagster': {'ref': {'name': 'stg_deliveries'}}}) }}

with

found as (
    {%- for feed in contract_feeds() %}
    select
        '{{ feed }}' as feed,
        delivery,
        count(*) as rows_in_lake
    from {{ source('shop', feed) }} as lake
    group by delivery
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
)

select
    feed,
    delivery,
    coalesce(deliveries.taken, 0) as taken,
    coalesce(found.rows_in_lake, 0) as rows_in_lake
from {{ ref('stg_deliveries') }} as deliveries
full outer join found using (feed, delivery)
where
    delivery <= (select as_of from as_of)
    and coalesce(deliveries.taken, 0) <> coalesce(found.rows_in_lake, 0)
