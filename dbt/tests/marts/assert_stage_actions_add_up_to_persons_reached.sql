-- Everybody reached in a month by an action is in one stage.
{{ config(meta={'dagster': {'ref': {'name': 'stage_actions'}}}) }}

with

actions as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(contacts), 0) as contacts
    from {{ ref('stage_actions') }}
),

reached as (
    select
        count(*) as customers,
        coalesce(sum(contacts), 0) as contacts
    from {{ ref('int_stage_actions') }}
)

select actions.*
from actions
cross join reached
where (actions.customers, actions.contacts) != (reached.customers, reached.contacts)
