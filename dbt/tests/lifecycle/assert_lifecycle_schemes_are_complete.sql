-- A scheme names every stage, numbers its own stages without a gap, and calls each by one name.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_schemes'}}}) }}

with

sizes as (
    select
        scheme,
        count(*) as stages,
        min(position) as first_position,
        max(position) as last_position,
        count(distinct position) as positions,
        count(distinct label_ja) as labels_ja,
        count(distinct label_en) as labels_en,
        count(distinct position || label_ja || label_en) as names
    from {{ ref('lifecycle_schemes') }}
    group by scheme
),

all_stages as (
    select count(*) as stages
    from {{ ref('stages') }}
)

select sizes.*
from sizes
cross join all_stages
where
    sizes.stages <> all_stages.stages
    or sizes.first_position <> 1
    or sizes.last_position <> sizes.positions
    or sizes.labels_ja <> sizes.positions
    or sizes.labels_en <> sizes.positions
    or sizes.names <> sizes.positions
