-- One row per person, signal and day on which the signal comes on (1) or goes off (-1) before the
-- first order: activity, interest and decision stay on for prospect_days from the day of an event.
{{ rebuilt_for_touched() }}
with

days as (
    select customer_id, event_date, valid_orders, has_activity, has_interest, has_decision
    from {{ ref('int_lifecycle_days') }}
    {{ of_touched() }}
),

first_orders as (
    select customer_id, min(event_date) as first_order_date
    from days
    where valid_orders > 0
    group by customer_id
),

-- Most visits are paid by customers, to whose stage they say nothing: they go before they cost.
prospect_days as (
    select days.customer_id, days.event_date, days.has_interest, days.has_decision
    from days
    left join first_orders
        on days.customer_id = first_orders.customer_id
    where
        days.has_activity
        and (
            first_orders.first_order_date is null
            or days.event_date < first_orders.first_order_date
        )
),

signals as (
    select customer_id, 'activity' as signal, event_date
    from prospect_days

    union all

    select customer_id, 'interest' as signal, event_date
    from prospect_days
    where has_interest

    union all

    select customer_id, 'decision' as signal, event_date
    from prospect_days
    where has_decision
),

neighbours as (
    select
        customer_id,
        signal,
        event_date,
        event_date + {{ var('prospect_days') }} as ends_on,
        lag(event_date) over signal_days + {{ var('prospect_days') }} as previous_ends_on,
        lead(event_date) over signal_days as next_date
    from signals
    window signal_days as (partition by customer_id, signal order by event_date)
),

int_lifecycle_prospect_changes as (
    select customer_id, signal, event_date as changes_on, 1 as change
    from neighbours
    where
        previous_ends_on is null
        or previous_ends_on < event_date

    union all

    select customer_id, signal, ends_on as changes_on, -1 as change
    from neighbours
    where
        next_date is null
        or next_date > ends_on
)

select * from int_lifecycle_prospect_changes
