-- One row per statement of consent, with its person.
with

statements as (
    select *
    from {{ ref('stg_consents') }}
),

int_consents as (
    select
        statements.consent_id,
        {{ person_of(identifiers_of('consents')) }} as customer_id,
        statements.channel,
        statements.granted as is_granted,
        statements.occurred_at
    from statements
    {{ person_joins('statements', identifiers_of('consents')) }}
)

select * from int_consents
