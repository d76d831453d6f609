-- One row per date and segment, from the first interval of any segment to as_of.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

members as (
    select
        segment,
        valid_from,
        valid_to
    from {{ ref('segment_members') }}
),

-- Lists that bear the name of a value are known by their members only.
segments as (
    {% for segment in var('segment_models') if segment not in var('segments_with_variants') -%}
    select '{{ segment }}' as segment
    union
    {% endfor -%}
    select segment from members
),

first_day as (
    select min(valid_from) as first_date
    from members
),

days as (
    select {{ rows_of(days_from_to('first_day.first_date', 'as_of.as_of')) }} as date
    from first_day
    cross join as_of
    where first_day.first_date is not null
),

changes as (
    select
        segment,
        valid_from as date,
        1 as entered,
        0 as departed
    from members
    union all
    select
        segment,
        valid_to as date,
        0 as entered,
        1 as departed
    from members
    where valid_to is not null
),

daily as (
    select
        days.date,
        segments.segment,
        cast(coalesce(sum(changes.entered), 0) as bigint) as entered,
        cast(coalesce(sum(changes.departed), 0) as bigint) as departed
    from days
    cross join segments
    left join changes
        on days.date = changes.date and segments.segment = changes.segment
    group by days.date, segments.segment
),

segment_sizes as (
    select
        date,
        segment,
        cast(
            sum(entered - departed) over (partition by segment order by date) as bigint
        ) as members,
        entered,
        departed as {{ adapter.quote('left') }}
    from daily
)

select * from segment_sizes
