-- Fails if persons, taken together, have other identifiers than those that were seen.
{{ config(meta={'dagster': {'ref': {'name': 'identities'}}}) }}

with

seen as (
    select count(*) as identifiers
    from {{ ref('int_identifiers_first_seen') }}
),

published as (
    select
        count(*) as identifiers,
        count(distinct customer_id) as persons
    from {{ ref('identities') }}
),

persons as (
    select
        coalesce(sum(identifiers), 0) as identifiers,
        count(*) as persons
    from {{ ref('int_persons') }}
)

select *
from seen
cross join published
cross join persons
where
    seen.identifiers <> published.identifiers
    or seen.identifiers <> persons.identifiers
    or published.persons <> persons.persons
