-- Each day a segment grows by who entered less who left, and at as_of it has the members that are in it.
{{ config(meta={'dagster': {'ref': {'name': 'segment_sizes'}}}) }}

with

days as (
    select
        date,
        segment,
        members,
        entered - {{ adapter.quote('left') }} as change,
        lag(members, 1, 0) over (partition by segment order by date) as members_before
    from {{ ref('segment_sizes') }}
),

open_members as (
    select
        segment,
        count(*) as members
    from {{ ref('segment_members') }}
    where valid_to is null
    group by segment
)

select
    days.date,
    days.segment
from days
cross join {{ ref('int_as_of') }} as as_of
left join open_members
    on days.segment = open_members.segment
where
    days.members - days.members_before <> days.change
    or (days.date = as_of.as_of and days.members <> coalesce(open_members.members, 0))
