-- One row per lead.
with

sign_ups as (
    select
        lead_id,
        shop_customer_id,
        email,
        phone,
        device_id,
        kind,
        created_at,
        status,
        campaign_id
    from {{ ref('stg_leads') }}
),

leads as (
    select
        sign_ups.lead_id,
        {{ person_of(identifiers_of('leads')) }} as customer_id,
        {{ keyed_hash("'device_id:' || sign_ups.device_id") }} as device_id,
        sign_ups.campaign_id,
        sign_ups.kind,
        sign_ups.status,
        sign_ups.created_at
    from sign_ups
    {{ person_joins('sign_ups', identifiers_of('leads')) }}
)

select * from leads
