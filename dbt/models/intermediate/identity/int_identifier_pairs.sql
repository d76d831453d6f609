-- One row per two identifiers that a row carries together, the stronger first.
with

sightings as (
    select
        evidence,
        role,
        identifier_kind,
        identifier,
        first_seen_at,
        {{ identifier_strength('identifier_kind') }} as strength
    from {{ ref('int_identifier_sightings') }}
),

paired as (
    select
        stronger.identifier as identifier_a,
        weaker.identifier as identifier_b,
        stronger.identifier_kind as kind_a,
        weaker.identifier_kind as kind_b,
        stronger.evidence,
        stronger.first_seen_at
    from sightings as stronger
    inner join sightings as weaker
        on stronger.evidence = weaker.evidence
        and stronger.role = weaker.role
        and stronger.strength < weaker.strength
),

int_identifier_pairs as (
    select
        identifier_a,
        identifier_b,
        kind_a,
        kind_b,
        {{ earliest('evidence', 'first_seen_at') }} as evidence,
        min(first_seen_at) as linked_since
    from paired
    group by identifier_a, identifier_b, kind_a, kind_b
)

select * from int_identifier_pairs
