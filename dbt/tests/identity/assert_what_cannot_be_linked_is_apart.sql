-- Fails if two identifiers that a rule keeps apart are one person.
{{ config(meta={'dagster': {'ref': {'name': 'int_identifiers'}}}) }}

select rules.rule_id
from {{ ref('int_identity_rules') }} as rules
inner join {{ ref('int_identifiers') }} as stronger
    on rules.identifier_a = stronger.identifier
inner join {{ ref('int_identifiers') }} as weaker
    on rules.identifier_b = weaker.identifier
where
    rules.kind = 'cannot_link'
    and rules.no_effect_because is null
    and stronger.customer_id = weaker.customer_id
