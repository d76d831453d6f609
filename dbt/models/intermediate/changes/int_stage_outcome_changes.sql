-- One row per person and change of what reached them, of their stages or of what they bought.
{{ config(materialized='view') }}
with

contacts as (
    select customer_id, change_number
    from {{ ref('int_contact_changes') }}
),

lifecycles as (
    select customer_id, change_number
    from {{ ref('int_lifecycle_changes') }}
),

purchases as (
    select customer_id, change_number
    from {{ ref('int_purchase_digests') }}
),

int_stage_outcome_changes as (
    select * from contacts
    union all
    select * from lifecycles
    union all
    select * from purchases
)

select * from int_stage_outcome_changes
