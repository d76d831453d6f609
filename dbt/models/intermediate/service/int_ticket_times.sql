-- One row per month and channel of support tickets, and for all channels together.
with

tickets as (
    select
        coalesce(channel, '(none)') as channel,
        ({{ epoch_seconds('first_replied_at') }} - {{ epoch_seconds('opened_at') }}) / 60
            as first_reply_minutes,
        ({{ epoch_seconds('resolved_at') }} - {{ epoch_seconds('opened_at') }}) / 3600
            as resolution_hours,
        cast(date_trunc('month', opened_at) as date) as month
    from {{ ref('support_tickets') }}
),

int_ticket_times as (
    select
        month,
        coalesce(channel, 'all') as channel,
        count(*) as tickets,
        median(first_reply_minutes) as first_reply_median_minutes,
        median(resolution_hours) as resolution_median_hours
    from tickets
    group by grouping sets ((month), (month, channel))
)

select * from int_ticket_times
