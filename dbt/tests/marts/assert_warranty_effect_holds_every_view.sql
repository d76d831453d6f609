-- Every view of the time looked at counts once, with a warranty on offer or without.
{{ config(meta={'dagster': {'ref': {'name': 'warranty_effect'}}}) }}

with

effects as (
    select coalesce(sum(views), 0) as views
    from {{ ref('warranty_effect') }}
),

views as (
    select count(*) as views
    from {{ ref('int_viewed_products') }}
)

select effects.*
from effects
cross join views
where effects.views != views.views
