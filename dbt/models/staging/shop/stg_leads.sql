-- One row per lead in force.
with

{{ rows_in_force('leads') }},

stg_leads as (
    select
        lead_id,
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        device_id,
        lower(trim(kind)) as kind,
        created_at,
        status,
        campaign_id
    from in_force
)

select * from stg_leads
