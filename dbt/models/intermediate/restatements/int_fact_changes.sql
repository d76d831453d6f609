-- One row per kind of fact, day and state of its rows that was reported and is no more, with what happened.
with

states as (
    select
        fact,
        date,
        facts,
        content,
        persons,
        from_report,
        until_report
    from {{ ref('int_fact_states') }}
),

found as (
    select
        fact,
        date,
        facts,
        content,
        persons
    from {{ ref('int_fact_days') }}
),

compared as (
    select
        states.*,
        coalesce(found.facts, 0) - states.facts as more,
        found.content is distinct from states.content as says_otherwise,
        found.persons is distinct from states.persons as is_of_others
    from states
    left join found on states.fact = found.fact and states.date = found.date
),

int_fact_changes as (
    select
        fact,
        date,
        from_report,
        until_report,
        case
            when not says_otherwise then 'merge'
            when fact = 'refund' then 'refund'
            when more > 0 then 'late ' || fact
            when more < 0 then 'withdrawn ' || fact
            else 'changed ' || fact
        end as change
    from compared
    where says_otherwise or is_of_others
)

select * from int_fact_changes
