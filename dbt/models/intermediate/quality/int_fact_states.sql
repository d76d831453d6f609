-- One row per kind of fact, day and state of its rows that was reported, and from which report on to which.
with

reported as (
    select
        report,
        fact,
        date,
        facts,
        content,
        persons
    from {{ source('reported', 'facts') }}
),

found as (
    select
        fact,
        date
    from {{ ref('int_fact_days') }}
),

first_report as (
    select min(report) as report
    from reported
    having count(*) > 0
),

all_days as (
    select fact, date from reported
    union
    select fact, date from found
),

-- Before its first rows came, a day had none.
states as (
    select * from reported
    union all
    select
        first_report.report,
        all_days.fact,
        all_days.date,
        0 as facts,
        null as content,
        null as persons
    from all_days
    cross join first_report
    anti join reported
        on
            all_days.fact = reported.fact
            and all_days.date = reported.date
            and first_report.report = reported.report
),

int_fact_states as (
    select
        report as from_report,
        lead(report) over (partition by fact, date order by report) as until_report,
        fact,
        date,
        facts,
        content,
        persons
    from states
)

select * from int_fact_states
