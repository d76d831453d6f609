-- One row per interval that an event began: the event of that day that its rule counts, the
-- smallest by (time, feed, key). Intervals that time alone began, and lapses, have none.
{{ rebuilt_for_touched() }}
with

turns as (
    select customer_id, valid_from, stage, previous_stage
    from {{ ref('int_lifecycle_history') }}
    {{ of_touched() }}
),

events as (
    select
        customer_id, event_date, occurred_at, feed, event_key,
        is_valid_order, is_interest, is_decision, nps_score
    from {{ ref('int_lifecycle_events') }}
    {{ of_touched() }}
),

recommendations as (
    select customer_id, event_date, occurred_at, feed, event_key
    from {{ ref('int_lifecycle_recommendations') }}
    {{ of_touched() }}
),

weighed as (
    select
        turns.customer_id,
        turns.valid_from,
        events.occurred_at,
        events.feed,
        events.event_key,
        case
            when turns.stage in ('dormant', 'at_risk', 'churned') then null
            when events.is_valid_order then 1
            when turns.previous_stage = 'advocacy' and events.nps_score <= 6 then 2
            when turns.stage not in ('awareness', 'interest', 'decision') then null
            when events.is_decision then 3
            when events.is_interest then 4
            else 5
        end as precedence
    from turns
    inner join events
        on
            turns.customer_id = events.customer_id
            and turns.valid_from = events.event_date

    union all

    select
        turns.customer_id,
        turns.valid_from,
        recommendations.occurred_at,
        recommendations.feed,
        recommendations.event_key,
        2 as precedence
    from turns
    inner join recommendations
        on
            turns.customer_id = recommendations.customer_id
            and turns.valid_from = recommendations.event_date
    where turns.stage = 'advocacy'
),

int_lifecycle_evidence as (
    select customer_id, valid_from, feed || ':' || event_key as evidence
    from weighed
    where precedence is not null
    qualify
        row_number() over (
            partition by customer_id, valid_from
            order by precedence, occurred_at, feed, event_key
        ) = 1
)

select * from int_lifecycle_evidence
