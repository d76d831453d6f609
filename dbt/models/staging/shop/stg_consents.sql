-- One row per statement of consent in force.
with

{{ rows_in_force('consents') }},

stg_consents as (
    select
        consent_id,
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        line_user_id,
        lower(trim(channel)) as channel,
        granted,
        occurred_at
    from in_force
)

select * from stg_consents
