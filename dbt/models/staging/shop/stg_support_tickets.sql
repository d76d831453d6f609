-- One row per ticket in force.
with

{{ rows_in_force('support_tickets') }},

stg_support_tickets as (
    select
        ticket_id,
        customer_id as shop_customer_id,
        _email as email,
        _phone as phone,
        order_id,
        lower(trim(channel)) as channel,
        opened_at,
        {{ if_known('first_replied_at') }} as first_replied_at,
        {{ if_known('resolved_at') }} as resolved_at,
        reason_code,
        case when csat between 1 and 5 then csat end as csat
    from in_force
)

select * from stg_support_tickets
