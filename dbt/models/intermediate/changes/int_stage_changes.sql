-- One row per person and day on which a stage begins or once began, with the stage as digest.
{{ digests_by_key(['customer_id', 'valid_from'], 'int_lifecycle_changes', among='customer_id') }}
with

history as (
    select
        customer_id,
        stage,
        valid_from
    from {{ ref('int_lifecycle_history') }}
    {{ of_changed_keys() }}
),

int_stage_changes as (
    select
        customer_id,
        stage as digest,
        {{ change_number() }} as change_number,
        valid_from
    from history
)

select * from int_stage_changes
