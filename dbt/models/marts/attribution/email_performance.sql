-- One row per month, campaign and stage of the recipients of e-mails.
with

messages as (
    select
        *,
        cast(date_trunc('month', delivery_date) as date) as month
    from {{ ref('int_messages') }}
),

counted as (
    select
        month,
        coalesce(campaign_id, '(none)') as campaign_id,
        stage,
        count(*) as delivered,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked,
        count(*) filter (where is_unsubscribed) as unsubscribed
    from messages
    group by 1, 2, 3
),

email_performance as (
    select
        month,
        campaign_id,
        stage,
        delivered,
        opened,
        clicked,
        unsubscribed,
        cast(opened as double) / delivered as open_rate,
        cast(clicked as double) / delivered as click_rate,
        cast(clicked as double) / nullif(opened, 0) as click_to_open_rate,
        cast(unsubscribed as double) / delivered as unsubscribe_rate
    from counted
)

select * from email_performance
