-- One row per person who turned out to be another, with what showed it.
with

merges as (
    select
        merged_customer_id,
        customer_id,
        evidence,
        merged_first_seen_at,
        merged_at
    from {{ ref('int_person_merges') }}
),

persons as (
    select
        customer_id,
        first_seen_at
    from {{ ref('int_persons') }}
),

person_merges as (
    select
        merges.merged_customer_id,
        merges.customer_id,
        merges.evidence,
        persons.first_seen_at as customer_first_seen_at,
        merges.merged_first_seen_at,
        merges.merged_at
    from merges
    inner join persons on merges.customer_id = persons.customer_id
)

select * from person_merges
