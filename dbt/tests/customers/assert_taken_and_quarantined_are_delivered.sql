-- No row delivered is lost, and none counts as more than it is.
{{ config(meta={'dagster': {'ref': {'name': 'data_quality'}}}) }}

select
    delivery,
    feed
from {{ ref('data_quality') }}
where
    taken + quarantined <> delivered
    or duplicates not between 0 and taken
    or late not between 0 and taken
    or rows_in_force > taken - duplicates
    or match_rate not between 0 and 1
