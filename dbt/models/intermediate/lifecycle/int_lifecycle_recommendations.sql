-- One row per advocacy event that counts on at least one day, and the days on which it counts.
{{ rebuilt_for_touched() }}
with

events as (
    select customer_id, feed, event_key, occurred_at, event_date, is_advocacy, nps_score
    from {{ ref('int_lifecycle_events') }}
    {{ of_touched() }}
    where
        is_advocacy
        or nps_score <= 6
),

-- A detractor's answer takes back the person's earlier NPS answers, no other recommendation.
answered_later as (
    select
        customer_id,
        feed,
        event_key,
        occurred_at,
        event_date,
        is_advocacy,
        min(case when nps_score <= 6 then event_date end) over (
            partition by customer_id, feed
            order by occurred_at, event_key
            rows between 1 following and unbounded following
        ) as taken_back_on
    from events
),

lasting as (
    select
        customer_id,
        feed,
        event_key,
        occurred_at,
        event_date,
        least(event_date + {{ var('advocacy_days') }}, taken_back_on) as ends_on
    from answered_later
    where is_advocacy
),

int_lifecycle_recommendations as (
    select
        customer_id,
        feed,
        event_key,
        occurred_at,
        event_date,
        ends_on
    from lasting
    where ends_on > event_date
)

select * from int_lifecycle_recommendations
