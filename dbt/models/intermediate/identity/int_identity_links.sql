-- One row per link of two identifiers, numbered in the order in which links are added
-- where rules keep identifiers apart.
with

pairs as (
    select
        identifier_a,
        identifier_b,
        linked_since,
        evidence
    from {{ ref('int_identifier_pairs') }}
),

usable as (
    select identifier
    from {{ ref('int_identifiers_first_seen') }}
),

must_links as (
    select
        identifier_a,
        identifier_b,
        'identity_rules:' || min(rule_id) as evidence
    from {{ ref('int_identity_rules') }}
    where kind = 'must_link' and no_effect_because is null
    group by identifier_a, identifier_b
),

-- A shared device is always the weaker end.
shown as (
    select pairs.*
    from pairs
    semi join usable on usable.identifier = pairs.identifier_b
),

-- A link that a row shows and a rule asks for stands where the rule puts it.
links as (
    select
        identifier_a,
        identifier_b,
        shown.linked_since,
        coalesce(shown.evidence, must_links.evidence) as evidence,
        must_links.identifier_a is not null as is_must_link,
        {{ identifier_strength("split_part(identifier_b, ':', 1)") }} as weaker_strength
    from shown
    full outer join must_links using (identifier_a, identifier_b)
),

int_identity_links as (
    select
        identifier_a,
        identifier_b,
        evidence,
        row_number() over (
            order by
                is_must_link desc,
                weaker_strength,
                case when not is_must_link then linked_since end,
                identifier_a,
                identifier_b
        ) as position,
        is_must_link,
        linked_since
    from links
)

select * from int_identity_links
