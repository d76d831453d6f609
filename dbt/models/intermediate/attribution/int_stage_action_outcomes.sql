-- One row per month, kind of action, action and person: the stage it found, and what followed.
{%- set follow_up_days = var('follow_up_days') %}
{{ rebuilt_for_touched() }}
with

actions as (
    select *
    from {{ ref('int_stage_actions') }}
    {{ of_touched() }}
),

stages as (
    select
        lifecycle_stages.customer_id,
        lifecycle_stages.stage,
        case when stages.is_lapsed then 0 else stages.position end as height,
        lifecycle_stages.valid_from,
        lifecycle_stages.valid_to
    from {{ ref('lifecycle_stages') }} as lifecycle_stages
    {{ of_touched() }}
    inner join {{ ref('stages') }} as stages on lifecycle_stages.stage = stages.stage
),

orders as (
    select customer_id, net_revenue, ordered_at
    from {{ ref('orders') }}
    {{ of_touched() }}
    where order_number is not null
),

followed as (
    select
        actions.customer_id,
        actions.action_kind,
        actions.action,
        actions.month,
        count(*) as orders,
        sum(orders.net_revenue) as net_revenue
    from actions
    inner join orders
        on actions.customer_id = orders.customer_id
            and actions.reached_at < orders.ordered_at
            and actions.reached_at + interval {{ follow_up_days }} day > orders.ordered_at
    group by actions.customer_id, actions.action_kind, actions.action, actions.month
),

-- The day itself counts to what followed: its stage before is the one of the evening before.
found as (
    select
        actions.*,
        coalesce(stages.stage, '(none)') as stage, coalesce(stages.height, 1) as height
    from actions
    left join stages
        on actions.customer_id = stages.customer_id
            and actions.reached_date > stages.valid_from
            and (actions.reached_date <= stages.valid_to or stages.valid_to is null)
),

advanced as (
    select distinct found.customer_id, found.action_kind, found.action, found.month
    from found
    inner join stages
        on found.customer_id = stages.customer_id
            and found.height < stages.height
            and found.reached_date <= stages.valid_from
            and found.reached_date + {{ follow_up_days }} > stages.valid_from
),

int_stage_action_outcomes as (
    select
        found.*,
        coalesce(followed.orders, 0) as orders,
        coalesce(followed.net_revenue, 0) as net_revenue,
        advanced.customer_id is not null as has_advanced
    from found
    left join followed using (customer_id, action_kind, action, month)
    left join advanced using (customer_id, action_kind, action, month)
)

select * from int_stage_action_outcomes
