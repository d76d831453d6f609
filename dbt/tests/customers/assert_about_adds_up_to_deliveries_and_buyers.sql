-- Figures in `about` are those of the tables that they are about.
{{ config(meta={'dagster': {'ref': {'name': 'about'}}}) }}

with

delivered as (
    select
        coalesce(sum(delivered), 0) as rows_delivered,
        coalesce(sum(taken), 0) as rows_taken,
        coalesce(sum(quarantined), 0) as rows_quarantined
    from {{ ref('data_quality') }}
),

buyers as (
    select
        count_if(orders > 0) as buyers,
        count(p_alive) as predicted
    from {{ ref('customers') }}
)

select about.*
from {{ ref('about') }} as about
cross join delivered
cross join buyers
where
    about.rows_delivered != delivered.rows_delivered
    or about.rows_taken != delivered.rows_taken
    or about.rows_quarantined != delivered.rows_quarantined
    or about.rows_taken + about.rows_quarantined != about.rows_delivered
    or about.customers_with_order != buyers.buyers
    or about.customers_predicted != buyers.predicted
