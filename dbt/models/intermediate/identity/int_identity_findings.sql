-- One row per thing about identities that somebody should look at.
with

shared_devices as (
    select
        identifier,
        shop_customer_ids,
        emails
    from {{ ref('int_shared_devices') }}
),

persons as (
    select
        customer_id,
        identifiers
    from {{ ref('int_persons') }}
),

links_left_out as (
    select
        identifier_a,
        identifier_b,
        evidence
    from {{ ref('int_links_left_out') }}
),

rules as (
    select
        rule_id,
        no_effect_because
    from {{ ref('int_identity_rules') }}
    where no_effect_because is not null
),

int_identity_findings as (
    select
        'shared_device' as finding,
        {{ keyed_hash('identifier') }} as subject,
        'customer numbers' as detail,
        shop_customer_ids as n
    from shared_devices
    where shop_customer_ids > {{ var('max_customers_per_device') }}
    union all
    select
        'shared_device',
        {{ keyed_hash('identifier') }},
        'e-mail addresses',
        emails
    from shared_devices
    where emails > {{ var('max_customers_per_device') }}
    union all
    select
        'large_person',
        customer_id,
        'identifiers',
        identifiers
    from persons
    where identifiers > {{ var('max_identifiers_per_person') }}
    union all
    select
        'link_left_out',
        {{ keyed_hash('identifier_a') }},
        'not linked with ' || {{ keyed_hash('identifier_b') }} || ' in spite of ' || evidence,
        1
    from links_left_out
    union all
    select
        'rule_without_effect',
        rule_id,
        no_effect_because,
        1
    from rules
)

select * from int_identity_findings
