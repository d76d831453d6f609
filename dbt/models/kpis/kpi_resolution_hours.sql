-- One row per period and dimension value: median hours until the resolution of tickets opened in
-- it.
with

tickets as (
    select
        coalesce(channel, '(none)') as channel,
        ({{ epoch_seconds('resolved_at') }} - {{ epoch_seconds('opened_at') }}) / 3600 as hours,
        cast(opened_at as date) as opened_date
    from {{ ref('support_tickets') }}
    where resolved_at is not null
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

kpi_resolution_hours as (
    select
        period_days.period,
        period_days.period_start,
        {{ dimension(['channel']) }},
        median(tickets.hours) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from tickets
    inner join period_days
        on tickets.opened_date = period_days.date
    group by {{ each_dimension('period_days.period, period_days.period_start', ['channel']) }}
)

select * from kpi_resolution_hours
