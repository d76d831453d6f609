-- At as_of, who is at risk, churned or an advocate as a segment is so as a stage.
{{ config(meta={'dagster': {'ref': {'name': 'segment_members'}}}) }}

with

members as (
    select
        case segment when 'advocates' then 'advocacy' else segment end as stage,
        customer_id
    from {{ ref('segment_members') }}
    where segment in ('advocates', 'at_risk', 'churned') and valid_to is null
),

customers as (
    select
        stage,
        customer_id
    from {{ ref('customers') }}
    where stage in ('advocacy', 'at_risk', 'churned')
)

select
    members.customer_id as member,
    customers.customer_id as customer
from members
full join customers
    on members.customer_id = customers.customer_id and members.stage = customers.stage
where members.customer_id is null or customers.customer_id is null
