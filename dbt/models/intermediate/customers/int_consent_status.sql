-- One row per person and channel with a statement: the latest one, which holds.
with

statements as (
    select *
    from {{ ref('int_consent_statements') }}
),

-- Of a yes and a no at the same moment the no holds: without clear consent nobody is written to.
int_consent_status as (
    select
        customer_id,
        channel,
        evidence,
        is_granted,
        stated_at as since
    from statements
    qualify row_number() over (
        partition by customer_id, channel
        order by stated_at desc, is_granted, evidence
    ) = 1
)

select * from int_consent_status
