-- One row per set of identifiers and identifier in it, those that a rule ignores left out.
with

sets as (
    select
        evidence,
        role,
        shop_customer_id,
        email,
        phone,
        line_user_id,
        device_id,
        first_seen_at
    from {{ ref('int_identifier_sets') }}
),

ignored as (
    select identifier_a as identifier
    from {{ ref('stg_identity_rules') }}
    where kind = 'ignore'
),

unfolded as (
    select
        evidence,
        role,
        identifier_kind,
        identifier_kind || ':' || identifier_value as identifier,
        first_seen_at
    from sets
    unpivot (
        identifier_value
        for identifier_kind in (shop_customer_id, email, phone, line_user_id, device_id)
    )
),

int_identifier_sightings as (
    select unfolded.*
    from unfolded
    anti join ignored on ignored.identifier = unfolded.identifier
)

select * from int_identifier_sightings
