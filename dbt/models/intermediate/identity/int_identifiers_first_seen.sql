-- One row per identifier that makes a person, with the first row that carries it.
with

sightings as (
    select
        identifier,
        identifier_kind,
        evidence,
        first_seen_at
    from {{ ref('int_identifier_sightings') }}
),

shared_devices as (
    select identifier
    from {{ ref('int_shared_devices') }}
),

usable as (
    select sightings.*
    from sightings
    anti join shared_devices on shared_devices.identifier = sightings.identifier
),

seen as (
    select
        identifier,
        identifier_kind,
        {{ earliest('evidence', 'first_seen_at') }} as earliest
    from usable
    group by identifier, identifier_kind
),

int_identifiers_first_seen as (
    select
        identifier,
        identifier_kind,
        earliest.value as evidence,
        {{ identifier_strength('identifier_kind') }} as strength,
        earliest.seen_at as first_seen_at
    from seen
)

select * from int_identifiers_first_seen
