-- One row per KPI, period and dimension value: support tickets by the day they were opened on, and how soon they
-- were answered.
{%- set dimensions = ['channel'] %}
with

tickets as (
    select
        coalesce(channel, '(none)') as channel,
        csat,
        ({{ epoch_seconds('first_replied_at') }} - {{ epoch_seconds('opened_at') }}) / 60
            as first_reply_minutes,
        ({{ epoch_seconds('resolved_at') }} - {{ epoch_seconds('opened_at') }}) / 3600
            as resolution_hours,
        cast(opened_at as date) as opened_date
    from {{ ref('support_tickets') }}
),

period_days as (
    select *
    from {{ ref('int_kpi_period_days') }}
),

ticket_days as (
    select
        opened_date as date,
        {{ dimension(dimensions) }},
        count(*) as tickets,
        count(csat) as tickets_rated,
        count(*) filter (where csat >= 4) as tickets_satisfied
    from tickets
    group by {{ each_dimension('opened_date', dimensions) }}
),

ticket_periods as (
    select
        period_days.period,
        period_days.period_start,
        {{ dimension(dimensions) }},
        median(tickets.first_reply_minutes) as first_reply_minutes,
        count(tickets.first_reply_minutes) as tickets_replied_to,
        median(tickets.resolution_hours) as resolution_hours,
        count(tickets.resolution_hours) as tickets_resolved
    from tickets
    inner join period_days
        on tickets.opened_date = period_days.date
    group by {{ each_dimension('period_days.period, period_days.period_start', dimensions) }}
),

kpis_of_tickets as (
    {{ kpis_of_days('ticket_days', [
        ('ticket_csat', 'tickets_satisfied', 'tickets_rated'),
        ('contact_rate', 'tickets', '0', ['all']),
    ]) }}
    union all
    {{ kpis_of_periods('ticket_periods', [
        ('first_reply_minutes', 'first_reply_minutes', 'tickets_replied_to'),
        ('resolution_hours', 'resolution_hours', 'tickets_resolved'),
    ]) }}
)

select * from kpis_of_tickets
