-- One row per month, kind of action, action and person that it reached: the first time in the month.
{{ rebuilt_for_touched() }}
with

sessions as (
    select
        customer_id,
        'campaign' as action_kind,
        campaign_id as action,
        started_at as reached_at
    from {{ ref('sessions') }}
    {{ of_touched() }}
    where campaign_id is not null
),

coupons as (
    select
        customer_id,
        'coupon' as action_kind,
        coupon_code as action,
        ordered_at as reached_at
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid and coupon_code is not null
),

-- Only who opened or clicked has been reached, by whatever channel.
messages as (
    select
        customer_id,
        'message' as action_kind,
        campaign_id as action,
        occurred_at as reached_at
    from {{ ref('email_events') }}
    {{ of_touched() }}
    where
        event in ('opened', 'clicked')
        and campaign_id is not null
),

contacts as (
    select * from sessions
    union all
    select * from coupons
    union all
    select * from messages
),

int_stage_actions as (
    select
        customer_id,
        action_kind,
        action,
        count(*) as contacts,
        min(reached_at) as reached_at,
        cast(min(reached_at) as date) as reached_date,
        cast(date_trunc('month', reached_at) as date) as month
    from contacts
    where customer_id is not null
    group by customer_id, action_kind, action, date_trunc('month', reached_at)
)

select * from int_stage_actions
