-- One row per entry of a points account, with its person.
with

entries as (
    select *
    from {{ ref('stg_loyalty_points') }}
),

int_loyalty_points as (
    select
        entries.entry_id,
        {{ person_of(identifiers_of('loyalty_points')) }} as customer_id,
        entries.reason,
        entries.points,
        entries.occurred_at
    from entries
    {{ person_joins('entries', identifiers_of('loyalty_points')) }}
)

select * from int_loyalty_points
