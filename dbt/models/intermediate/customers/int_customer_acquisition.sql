-- One row per person with a session: where the earliest session came from.
{{ built_by_key('customer_id', 'int_contact_changes') }}
with

sessions as (
    select
        customer_id,
        session_id,
        source,
        medium,
        campaign_id,
        started_at
    from {{ ref('sessions') }}
    {{ of_changed_keys() }}
    where customer_id is not null
),

int_customer_acquisition as (
    select
        customer_id,
        session_id,
        source,
        medium,
        campaign_id
    from sessions
    qualify row_number() over (partition by customer_id order by started_at, session_id) = 1
)

select * from int_customer_acquisition
