-- One row per usable identifier, as a keyed hash, with its person and what linked the two.
with

identifiers as (
    select
        identifier,
        identifier_kind,
        customer_id,
        evidence,
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

left_out as (
    select
        identifier_a,
        identifier_b
    from {{ ref('int_links_left_out') }}
),

in_force as (
    select links.*
    from links
    anti join left_out using (identifier_a, identifier_b)
),

ends as (
    select identifier_a as identifier, evidence, linked_since
    from in_force
    union all
    select identifier_b, evidence, linked_since
    from in_force
),

-- A link by rule alone has no time and gives way to any that a row shows.
first_links as (
    select
        identifier,
        {{ earliest('evidence', "coalesce(linked_since, timestamp '9999-12-31 00:00:00')") }}.value as evidence,
        min(linked_since) as linked_since
    from ends
    group by identifier
),

-- What nothing links is its person's since it was first seen.
identities as (
    select
        identifiers.identifier_kind,
        {{ keyed_hash('identifiers.identifier') }} as identifier_hash,
        identifiers.customer_id,
        coalesce(first_links.evidence, identifiers.evidence) as evidence,
        case
            when first_links.identifier is null then identifiers.first_seen_at
            else first_links.linked_since
        end as linked_since
    from identifiers
    left join first_links on identifiers.identifier = first_links.identifier
)

select * from identities
