-- One row per month, stage, kind of action (campaign, coupon, message) and action.
with

outcomes as (
    select *
    from {{ ref('int_stage_action_outcomes') }}
),

counted as (
    select
        month,
        stage,
        action_kind,
        action,
        count(*) as customers,
        cast(sum(contacts) as bigint) as contacts,
        count(*) filter (where orders > 0) as customers_with_order,
        count(*) filter (where has_advanced) as customers_advanced,
        cast(sum(orders) as bigint) as orders,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue
    from outcomes
    group by month, stage, action_kind, action
),

stage_actions as (
    select
        *,
        cast(customers_with_order as double) / customers as order_rate,
        cast(customers_advanced as double) / customers as advance_rate
    from counted
)

select * from stage_actions
