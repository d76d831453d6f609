-- One row per person with an event, and a digest of all events that have a say in the person's stage.
{{ digests_by_key('customer_id') }}
with

events as (
    select *
    from {{ ref('int_lifecycle_events') }}
),

int_lifecycle_digests as (
    select
        customer_id,
        {{ checksum([
            'feed', 'event_key', 'occurred_at', 'is_valid_order', 'is_interest', 'is_decision',
            'is_advocacy', 'nps_score'
        ]) }} as digest,
        {{ change_number() }} as change_number
    from events
    group by customer_id
)

select * from int_lifecycle_digests
