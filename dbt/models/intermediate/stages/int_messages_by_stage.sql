-- One row per e-mail that arrived, with the stage in which its day found the person.
with

messages as (
    select *
    from {{ ref('int_messages') }}
),

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
),

int_messages_by_stage as (
    select
        messages.*,
        coalesce(stages.stage, '(none)') as stage
    from messages
    left join stages
        on
            messages.customer_id = stages.customer_id
            and messages.delivery_date > stages.valid_from
            and (messages.delivery_date <= stages.valid_to or stages.valid_to is null)
)

select * from int_messages_by_stage
