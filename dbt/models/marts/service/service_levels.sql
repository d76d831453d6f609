-- One row per month and channel (of tickets, or of sales), and for all channels together.
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

punctuality as (
    select *
    from {{ ref('int_shipment_punctuality') }}
),

attention as (
    select *
    from {{ ref('int_service_attention') }}
),

ticket_times as (
    select
        month,
        coalesce(channel, 'all') as channel,
        count(*) as tickets,
        median(first_reply_minutes) as first_reply_median_minutes,
        median(resolution_hours) as resolution_median_hours
    from tickets
    group by grouping sets ((month), (month, channel))
),

-- Visits and reviews have no channel: what is made of them stands in the row of all channels.
service_levels as (
    select
        month,
        channel,
        coalesce(ticket_times.tickets, 0) as tickets,
        coalesce(punctuality.shipments, 0) as shipments,
        coalesce(punctuality.promised_deliveries, 0) as promised_deliveries,
        coalesce(attention.reviews, 0) as reviews,
        ticket_times.first_reply_median_minutes,
        ticket_times.resolution_median_hours,
        cast(punctuality.deliveries_on_time as double)
        / nullif(punctuality.promised_deliveries, 0) as on_time_rate,
        cast(attention.tracking_views as double) / nullif(punctuality.shipments, 0)
            as tracking_views_per_order,
        cast(attention.reviews_replied_to as double) / nullif(attention.reviews, 0)
            as review_reply_rate
    from ticket_times
    full join punctuality using (month, channel)
    full join attention using (month, channel)
)

select * from service_levels
