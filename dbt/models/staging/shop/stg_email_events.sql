-- One row per event of a message in force.
with

{{ rows_in_force('email_events') }},

stg_email_events as (
    select
        event_id,
        message_id,
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        line_user_id,
        lower(trim(channel)) as channel,
        campaign_id,
        lower(trim(event)) as event,
        occurred_at
    from in_force
)

select * from stg_email_events
