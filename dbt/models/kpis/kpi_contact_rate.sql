-- One row per day and source: support tickets opened, and the valid orders they are divided by.
with

tickets as (
    select cast(opened_at as date) as opened_date
    from {{ ref('support_tickets') }}
),

kpi_contact_rate as (
    select
        'day' as period,
        opened_date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        count(*) as numerator,
        cast(0 as bigint) as denominator,
        cast(null as double) as sum_of_squares
    from tickets
    group by opened_date
    union all
    select
        'day' as period,
        date as period_start,
        'all' as dimension,
        'all' as dimension_value,
        0 as numerator,
        orders as denominator,
        cast(null as double) as sum_of_squares
    from {{ ref('int_order_days') }}
    where dimension = 'all'
)

select * from kpi_contact_rate
