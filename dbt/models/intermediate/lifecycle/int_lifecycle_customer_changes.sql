-- One row per person, count and day on which an order or recommendation begins or ceases to count:
-- as an order at all, as one too recent for being at risk or churned, as one of the loyalty period.
{{ rebuilt_for_touched() }}
with

order_days as (
    select customer_id, event_date, valid_orders
    from {{ ref('int_lifecycle_days') }}
    {{ of_touched() }}
    where valid_orders > 0
),

recommendations as (
    select customer_id, event_date, ends_on
    from {{ ref('int_lifecycle_recommendations') }}
    {{ of_touched() }}
),

-- Until when an order or a recommendation counts for what; null is for ever.
counted as (
    select
        customer_id,
        'orders' as signal,
        event_date as starts_on,
        cast(null as date) as ends_on,
        valid_orders as weight
    from order_days

    union all

    select
        customer_id,
        'orders_before_at_risk',
        event_date,
        event_date + {{ var('at_risk_days') }},
        valid_orders
    from order_days

    union all

    select
        customer_id,
        'orders_before_churn',
        event_date,
        event_date + {{ var('churn_days') }},
        valid_orders
    from order_days

    union all

    select
        customer_id,
        'orders_for_loyalty',
        event_date,
        event_date + {{ var('loyalty_days') }},
        valid_orders
    from order_days

    union all

    select customer_id, 'recommendations', event_date, ends_on, 1
    from recommendations
),

int_lifecycle_customer_changes as (
    select customer_id, signal, starts_on as changes_on, weight as change
    from counted

    union all

    select customer_id, signal, ends_on as changes_on, -weight as change
    from counted
    where ends_on is not null
)

select * from int_lifecycle_customer_changes
