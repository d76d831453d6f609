-- Campaigns and stages hold every e-mail that arrived once.
{{ config(meta={'dagster': {'ref': {'name': 'email_performance'}}}) }}

with

performance as (
    select
        coalesce(sum(delivered), 0) as delivered,
        coalesce(sum(opened), 0) as opened,
        coalesce(sum(clicked), 0) as clicked
    from {{ ref('email_performance') }}
),

messages as (
    select
        count(*) as delivered,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked
    from {{ ref('int_messages') }}
)

select performance.*
from performance
cross join messages
where
    (performance.delivered, performance.opened, performance.clicked)
    != (messages.delivered, messages.opened, messages.clicked)
