-- One row per person with a session: where the earliest session came from.
{{ rebuilt_for_touched() }}
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
    {{ of_touched() }}
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
