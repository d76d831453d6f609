-- One row per day and dimension value: e-mails clicked, of those delivered on the day that were
-- opened by as_of.
with

kpi_email_click_to_open_rate as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        clicked as numerator,
        opened as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_message_days') }}
)

select * from kpi_email_click_to_open_rate
