-- One row per rule in force.
with

{{ rows_in_force('identity_rules') }},

stg_identity_rules as (
    select
        rule_id,
        lower(trim(kind)) as kind,
        _identifier_a as identifier_a,
        _identifier_b as identifier_b
    from in_force
)

select * from stg_identity_rules
