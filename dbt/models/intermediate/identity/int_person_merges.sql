-- One row per person who turned out to be another, with the link that showed it.
with

merges as (
    select
        identifier,
        merged_by_a,
        merged_by_b
    from {{ ref('int_identity_components') }}
    where merged_by_a is not null
),

identifiers as (
    select
        identifier,
        customer_id,
        first_seen_at
    from {{ ref('int_identifiers') }}
),

links as (
    select
        identifier_a,
        identifier_b,
        evidence,
        linked_since
    from {{ ref('int_identity_links') }}
),

int_person_merges as (
    select
        {{ keyed_hash('identifiers.identifier') }} as merged_customer_id,
        identifiers.customer_id,
        links.evidence,
        identifiers.first_seen_at as merged_first_seen_at,
        links.linked_since as merged_at
    from merges
    inner join identifiers on merges.identifier = identifiers.identifier
    inner join links
        on merges.merged_by_a = links.identifier_a
        and merges.merged_by_b = links.identifier_b
)

select * from int_person_merges
