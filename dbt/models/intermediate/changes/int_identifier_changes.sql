-- One row per identifier that is or was usable, with its person as digest.
{{ digests_by_key('identifier') }}
with

identifiers as (
    select
        identifier,
        identifier_kind,
        identifier_value,
        customer_id
    from {{ ref('int_identifiers') }}
),

int_identifier_changes as (
    select
        identifier,
        identifier_kind,
        identifier_value,
        customer_id as digest,
        {{ change_number() }} as change_number
    from identifiers
)

select * from int_identifier_changes
