-- One row per person and maximal interval of one stage, also those that lie ahead when nothing more
-- happens: a function of the facts alone, which a mart cuts at as_of.
{{ built_by_key('customer_id', 'int_lifecycle_changes') }}
with

steps as (
    select customer_id, stage, rule_id, valid_from
    from {{ ref('int_lifecycle_steps') }}
    {{ of_changed_keys() }}
),

compared as (
    select
        customer_id,
        stage,
        lag(stage) over (partition by customer_id order by valid_from) as previous_stage,
        rule_id,
        valid_from
    from steps
),

turns as (
    select *
    from compared
    where stage is distinct from previous_stage
),

int_lifecycle_history as (
    select
        customer_id,
        row_number() over person_turns as interval_number,
        stage,
        previous_stage,
        rule_id,
        valid_from,
        lead(valid_from) over person_turns as valid_to
    from turns
    window person_turns as (partition by customer_id order by valid_from)
)

select * from int_lifecycle_history
