-- One row per day and dimension value: tickets rated 4 and 5, of those rated.
with

tickets as (
    select
        coalesce(channel, '(none)') as channel,
        csat,
        cast(opened_at as date) as opened_date
    from {{ ref('support_tickets') }}
    where csat is not null
),

kpi_ticket_csat as (
    select
        'day' as period,
        opened_date as period_start,
        {{ dimension(['channel']) }},
        count(*) filter (where csat >= 4) as numerator,
        count(*) as denominator,
        cast(null as double) as sum_of_squares
    from tickets
    group by {{ each_dimension('opened_date', ['channel']) }}
)

select * from kpi_ticket_csat
