-- A person is in the control group of a segment for all of its intervals, or for none.
{{ config(meta={'dagster': {'ref': {'name': 'segment_members'}}}) }}

select
    segment,
    customer_id
from {{ ref('segment_members') }}
group by segment, customer_id
having count(distinct is_control) > 1
