-- One row per person and change of an event that may have a say in the person's stage.
{{ config(materialized='view') }}
with

others as (
    select
        customer_id,
        change_number
    from {{ ref('int_lifecycle_digests') }}
),

int_lifecycle_changes as (
    {{ affected_by('orders', 'customer_id') }}
    union all
    {{ affected_by('sessions', 'customer_id') }}
    union all
    {{ affected_by('carts', 'customer_id') }}
    union all
    {{ affected_by('email_events', 'customer_id') }}
    union all
    {{ affected_by('survey_responses', 'customer_id') }}
    union all
    select * from others
)

select * from int_lifecycle_changes
