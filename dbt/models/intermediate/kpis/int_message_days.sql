-- One row per day and dimension value: the e-mails delivered on the day, and what became of them
-- by as_of.
{%- set dimensions = ['campaign', 'stage'] %}
with

messages as (
    select
        *,
        coalesce(campaign_id, '(none)') as campaign
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

-- The stage is the one in which the day found the person, as the message may change it.
messages_by_stage as (
    select
        messages.*,
        coalesce(stages.stage, '(none)') as stage
    from messages
    left join stages
        on
            messages.customer_id = stages.customer_id
            and messages.delivery_date > stages.valid_from
            and (messages.delivery_date <= stages.valid_to or stages.valid_to is null)
),

int_message_days as (
    select
        delivery_date as date,
        {{ dimension(dimensions) }},
        count(*) as delivered,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked,
        count(*) filter (where is_unsubscribed) as unsubscribed
    from messages_by_stage
    group by {{ each_dimension('delivery_date', dimensions) }}
)

select * from int_message_days
