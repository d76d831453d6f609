-- One row per period and dimension value: median minutes until the first reply to tickets opened
-- in it.
with

tickets as (
    select
        coalesce(channel, '(none)') as channel,
        ({{ epoch_seconds('first_replied_at') }} - {{ epoch_seconds('opened_at') }}) / 60
            as minutes,
        cast(opened_at as date) as opened_date
    from {{ ref('support_tickets') }}
    where first_replied_at is not null
),

period_days as (
    select
        period,
        period_start,
        date
    from {{ ref('int_kpi_period_days') }}
),

kpi_first_reply_minutes as (
    select
        period_days.period,
        period_days.period_start,
        {{ dimension(['channel']) }},
        median(tickets.minutes) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from tickets
    inner join period_days
        on tickets.opened_date = period_days.date
    group by {{ each_dimension('period_days.period, period_days.period_start', ['channel']) }}
)

select * from kpi_first_reply_minutes
