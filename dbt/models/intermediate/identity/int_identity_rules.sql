-- One row per rule of the shop on who is whom, with the reason if it has no effect.
with

rules as (
    select
        rule_id,
        kind,
        identifier_a,
        identifier_b,
        {{ identifier_strength("split_part(identifier_a, ':', 1)") }} as strength_a,
        {{ identifier_strength("split_part(identifier_b, ':', 1)") }} as strength_b
    from {{ ref('stg_identity_rules') }}
),

shared_devices as (
    select identifier
    from {{ ref('int_shared_devices') }}
),

ignored as (
    select distinct identifier_a as identifier
    from rules
    where kind = 'ignore'
),

-- The stronger identifier first, of one kind the smaller text, as in every link.
ordered as (
    select
        *,
        kind <> 'ignore' and (strength_b, identifier_b) < (strength_a, identifier_a) as is_swapped
    from rules
),

int_identity_rules as (
    select
        ordered.rule_id,
        ordered.kind,
        case when is_swapped then identifier_b else identifier_a end as identifier_a,
        case when is_swapped then identifier_a else identifier_b end as identifier_b,
        case
            when strength_a is null then 'malformed'
            when ordered.kind = 'ignore' then null
            when strength_b is null then 'malformed'
            when identifier_a = identifier_b then 'same_identifier'
            when ignored_a.identifier is not null then 'ignored_identifier'
            when ignored_b.identifier is not null then 'ignored_identifier'
            when shared_a.identifier is not null then 'shared_device'
            when shared_b.identifier is not null then 'shared_device'
        end as no_effect_because
    from ordered
    left join ignored as ignored_a on ordered.identifier_a = ignored_a.identifier
    left join ignored as ignored_b on ordered.identifier_b = ignored_b.identifier
    left join shared_devices as shared_a on ordered.identifier_a = shared_a.identifier
    left join shared_devices as shared_b on ordered.identifier_b = shared_b.identifier
)

select * from int_identity_rules
