-- One row per identifier that makes a person, with the first row that carries it: none that a rule ignores, and no
-- shared device.
with

sets as (
    select *
    from {{ ref('int_identifier_sets') }}
),

ignored as (
    select identifier_a as identifier
    from {{ ref('stg_identity_rules') }}
    where kind = 'ignore'
),

shared_devices as (
    select identifier
    from {{ ref('int_shared_devices') }}
),

seen as (
    {%- for kind in identifier_kinds() %}
    select
        '{{ kind }}' as identifier_kind,
        {{ kind }} as identifier_value,
        {{ earliest('evidence', 'first_seen_at') }} as earliest
    from sets
    where {{ kind }} is not null
    group by {{ kind }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

named as (
    select
        *,
        identifier_kind || ':' || identifier_value as identifier
    from seen
),

int_identifiers_first_seen as (
    select
        named.identifier,
        named.identifier_kind,
        named.earliest.value as evidence,
        {{ identifier_strength('named.identifier_kind') }} as strength,
        named.earliest.seen_at as first_seen_at
    from named
    anti join ignored on ignored.identifier = named.identifier
    anti join shared_devices on shared_devices.identifier = named.identifier
)

select * from int_identifiers_first_seen
