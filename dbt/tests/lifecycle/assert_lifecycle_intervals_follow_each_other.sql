-- A person's intervals have no gap, no overlap and no repeated stage; only the last is open.
{{ config(meta={'dagster': {'ref': {'name': 'lifecycle_stages'}}}) }}

with

neighbours as (
    select
        customer_id,
        stage,
        previous_stage,
        interval_number,
        days_in_stage,
        valid_to,
        row_number() over intervals as number_in_order,
        lag(stage) over intervals as stage_before,
        lead(valid_from) over intervals as next_valid_from
    from {{ ref('lifecycle_stages') }}
    window intervals as (partition by customer_id order by valid_from)
)

select *
from neighbours
where
    valid_to is distinct from next_valid_from
    or previous_stage is distinct from stage_before
    or stage = stage_before
    or interval_number <> number_in_order
    or days_in_stage < 1
