-- One row per two identifiers that a row carries together, the stronger first, none that a rule ignores.
{%- set kinds = identifier_kinds() %}
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

paired as (
    {%- for stronger in kinds[:-1] %}{% set stronger_at = loop.index %}{% for weaker in kinds[stronger_at:] %}
    select
        '{{ stronger }}' as kind_a,
        '{{ weaker }}' as kind_b,
        {{ stronger }} as value_a,
        {{ weaker }} as value_b,
        evidence,
        first_seen_at
    from sets
    where {{ stronger }} is not null and {{ weaker }} is not null
    {{ 'union all' if not (loop.last and stronger_at == kinds | length - 1) }}
    {%- endfor %}{% endfor %}
),

first_shown as (
    select
        kind_a || ':' || value_a as identifier_a,
        kind_b || ':' || value_b as identifier_b,
        kind_a,
        kind_b,
        {{ earliest('evidence', 'first_seen_at') }} as earliest
    from paired
    group by kind_a, kind_b, value_a, value_b
),

int_identifier_pairs as (
    select
        first_shown.identifier_a,
        first_shown.identifier_b,
        first_shown.kind_a,
        first_shown.kind_b,
        first_shown.earliest.value as evidence,
        first_shown.earliest.seen_at as linked_since
    from first_shown
    anti join ignored as ignored_a on first_shown.identifier_a = ignored_a.identifier
    anti join ignored as ignored_b on first_shown.identifier_b = ignored_b.identifier
)

select * from int_identifier_pairs
