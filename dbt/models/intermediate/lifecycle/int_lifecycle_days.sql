-- One row per person and day with an event: what the events of the day count as, together.
{{ rebuilt_for_touched() }}
with

events as (
    select
        customer_id,
        event_date,
        is_valid_order,
        is_activity,
        is_interest,
        is_decision
    from {{ ref('int_lifecycle_events') }}
    {{ of_touched() }}
),

int_lifecycle_days as (
    select
        customer_id,
        event_date,
        count_if(is_valid_order) as valid_orders,
        bool_or(is_activity) as has_activity,
        bool_or(is_interest) as has_interest,
        bool_or(is_decision) as has_decision
    from events
    group by customer_id, event_date
)

select * from int_lifecycle_days
