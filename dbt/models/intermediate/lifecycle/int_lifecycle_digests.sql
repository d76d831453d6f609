-- One row per person with an event of the smaller feeds, and a digest of those that have a say in the stage.
{{ digests_by_key('customer_id') }}
with

events as (
    select *
    from {{ ref('int_lifecycle_events') }}
    where feed not in ('{{ facts_that_affect_lifecycles() | join("', '") }}')
),

int_lifecycle_digests as (
    select
        customer_id,
        {{ checksum(['feed', 'event_key', 'occurred_at', 'is_interest', 'is_decision', 'is_advocacy']) }}
            as digest,
        {{ change_number() }} as change_number
    from events
    group by customer_id
)

select * from int_lifecycle_digests
