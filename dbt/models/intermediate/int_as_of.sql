-- One row: the business day at whose end everything is measured.
with

runs as (
    select as_of
    from {{ source('run', 'state') }}
),

int_as_of as (
    select cast(as_of as date) as as_of
    from runs
)

select * from int_as_of
