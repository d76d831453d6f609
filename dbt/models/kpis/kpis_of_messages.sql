-- One row per KPI, day and dimension value: e-mails delivered on the day, and what became of them by as_of.
{%- set dimensions = ['campaign', 'stage'] %}
with

messages as (
    select
        *,
        coalesce(campaign_id, '(none)') as campaign
    from {{ ref('int_messages') }}
),

message_days as (
    select
        delivery_date as date,
        {{ dimension(dimensions) }},
        count(*) as delivered,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked,
        count(*) filter (where is_unsubscribed) as unsubscribed
    from messages
    group by {{ each_dimension('delivery_date', dimensions) }}
),

kpis_of_messages as (
    {{ kpis_of_days('message_days', [
        ('email_open_rate', 'opened', 'delivered'),
        ('email_click_rate', 'clicked', 'delivered'),
        ('email_click_to_open_rate', 'clicked', 'opened'),
        ('unsubscribe_rate', 'unsubscribed', 'delivered'),
    ]) }}
)

select * from kpis_of_messages
