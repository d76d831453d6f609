-- One row per segment, person and interval of being a member.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

intervals as (
    {% for segment in var('segment_models') -%}
    select
        {{ list_of(segment) }} as segment,
        {{ control_group_below(segment) }} as control_group_below,
        customer_id,
        valid_from,
        valid_to
    from {{ ref(segment) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- A share of each segment gets nothing, so that what the others get can be measured. Who that is
-- follows from segment and person alone, so nobody changes sides. Hexadecimal digits compare as text
-- like the number that they write.
segment_members as (
    select
        intervals.segment,
        intervals.customer_id,
        left({{ sha256("intervals.segment || ':' || intervals.customer_id") }}, 8)
            < intervals.control_group_below as is_control,
        intervals.valid_from,
        case when intervals.valid_to <= as_of.as_of then intervals.valid_to end as valid_to
    from intervals
    inner join as_of
        on intervals.valid_from <= as_of.as_of
)

select * from segment_members
