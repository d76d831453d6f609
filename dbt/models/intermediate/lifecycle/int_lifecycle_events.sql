-- One row per event that has a say in a person's stage, with what it counts as.
-- A view: its rows stand in the facts already.
{{ config(materialized='view') }}

with

shop_events as (
    select *
    from {{ ref('int_lifecycle_shop_events') }}
),

contact_events as (
    select *
    from {{ ref('int_lifecycle_contact_events') }}
),

voice_events as (
    select *
    from {{ ref('int_lifecycle_voice_events') }}
),

events as (
    select
        customer_id,
        feed,
        event_key,
        occurred_at,
        is_valid_order,
        is_interest,
        is_decision,
        false as is_advocacy,
        cast(null as decimal(18, 4)) as nps_score
    from shop_events

    union all

    select
        customer_id, feed, event_key, occurred_at, false, is_interest, is_decision, false, null
    from contact_events

    union all

    select
        customer_id, feed, event_key, occurred_at, false, false, false, is_advocacy, nps_score
    from voice_events
),

int_lifecycle_events as (
    select
        customer_id,
        feed,
        event_key,
        occurred_at,
        cast(occurred_at as date) as event_date,
        is_valid_order,
        not is_valid_order as is_activity,
        is_interest,
        is_decision,
        is_advocacy,
        nps_score
    from events
    where
        customer_id is not null
        and occurred_at is not null
)

select * from int_lifecycle_events
