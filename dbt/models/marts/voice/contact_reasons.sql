-- One row per month, channel and reason of support tickets.
with

tickets as (
    select
        ticket_id,
        customer_id,
        coalesce(channel, '(none)') as channel,
        coalesce(reason_code, '(none)') as reason,
        csat,
        resolved_at is not null as is_resolved,
        cast(date_trunc('month', opened_at) as date) as month
    from {{ ref('support_tickets') }}
),

contact_reasons as (
    select
        month,
        channel,
        reason,
        count(*) as tickets,
        cast(count(*) as double) / sum(count(*)) over (partition by month) as share,
        count(*) filter (where is_resolved) as resolved,
        count(distinct customer_id) as customers,
        cast(count(*) filter (where csat >= 4) as double) / nullif(count(csat), 0) as csat
    from tickets
    group by month, channel, reason
)

select * from contact_reasons
