-- One row per usable identifier, with its person.
with

first_seen as (
    select
        identifier,
        identifier_kind,
        evidence,
        strength,
        first_seen_at
    from {{ ref('int_identifiers_first_seen') }}
),

components as (
    select
        identifier,
        component
    from {{ ref('int_identity_components') }}
),

-- An identifier that nothing links is a component of its own.
placed as (
    select
        first_seen.*,
        coalesce(components.component, first_seen.identifier) as component
    from first_seen
    left join components on first_seen.identifier = components.identifier
),

named as (
    select
        *,
        first_value(identifier) over (
            partition by component
            order by first_seen_at, strength, identifier
        ) as first_identifier
    from placed
),

int_identifiers as (
    select
        identifier,
        identifier_kind,
        substr(identifier, length(identifier_kind) + 2) as identifier_value,
        {{ keyed_hash('first_identifier') }} as customer_id,
        component,
        evidence,
        identifier = first_identifier as is_first,
        first_seen_at
    from named
)

select * from int_identifiers
