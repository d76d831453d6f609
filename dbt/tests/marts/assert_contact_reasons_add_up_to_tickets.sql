-- Every ticket has one reason.
{{ config(meta={'dagster': {'ref': {'name': 'contact_reasons'}}}) }}

with

reasons as (
    select coalesce(sum(tickets), 0) as tickets
    from {{ ref('contact_reasons') }}
),

tickets as (
    select count(*) as tickets
    from {{ ref('support_tickets') }}
)

select reasons.tickets
from reasons
cross join tickets
where reasons.tickets != tickets.tickets
