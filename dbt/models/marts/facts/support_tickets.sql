-- One row per support ticket.
with

tickets as (
    select
        ticket_id,
        shop_customer_id,
        email,
        phone,
        order_id,
        channel,
        reason_code,
        csat,
        opened_at,
        first_replied_at,
        resolved_at
    from {{ ref('stg_support_tickets') }}
),

orders as (
    select
        order_id,
        customer_id
    from {{ ref('int_orders_placed') }}
),

support_tickets as (
    select
        tickets.ticket_id,
        coalesce(
            {{ person_of(identifiers_of('support_tickets')) }},
            orders.customer_id
        ) as customer_id,
        tickets.order_id,
        tickets.channel,
        tickets.reason_code,
        tickets.csat,
        tickets.opened_at,
        tickets.first_replied_at,
        tickets.resolved_at
    from tickets
    {{ person_joins('tickets', identifiers_of('support_tickets')) }}
    left join orders on tickets.order_id = orders.order_id
)

select * from support_tickets
