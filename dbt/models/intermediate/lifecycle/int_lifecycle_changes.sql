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
    {%- for fact in facts_that_affect_lifecycles().values() %}
    {{ affected_by(fact, 'customer_id') }}
    union all
    {%- endfor %}
    select * from others
)

select * from int_lifecycle_changes
