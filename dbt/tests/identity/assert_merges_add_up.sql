-- Fails if a person is listed as merged into itself, or is still a person.
{{ config(meta={'dagster': {'ref': {'name': 'person_merges'}}}) }}

select merges.merged_customer_id
from {{ ref('person_merges') }} as merges
left join {{ ref('int_persons') }} as persons
    on merges.merged_customer_id = persons.customer_id
where
    merges.merged_customer_id = merges.customer_id
    or persons.customer_id is not null
    or merges.merged_first_seen_at < merges.customer_first_seen_at
