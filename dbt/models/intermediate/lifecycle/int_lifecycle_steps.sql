-- One row per person and day on which its counts change: the rule that holds from that day on, and
-- its stage. The ladder stands here only; the first rule that fits wins, lapse goes before merit.
{{ built_by_key('customer_id', 'int_lifecycle_changes') }}
with

counts as (
    select *
    from {{ ref('int_lifecycle_counts') }}
    {{ of_changed_keys() }}
),

rules as (
    select rule_id, stage
    from {{ ref('lifecycle_rules') }}
),

ladder as (
    select
        customer_id,
        changes_on as valid_from,
        case
            when orders = 0 and activity = 0 then 'prospect_inactive'
            when orders = 0 and decision > 0 then 'cart_or_checkout'
            when orders = 0 and interest > 0 then 'product_interest'
            when orders = 0 then 'first_contact'
            when orders_before_churn = 0 then 'no_order_churn_days'
            when orders_before_at_risk = 0 then 'no_order_at_risk_days'
            when recommendations > 0 then 'promoter'
            when orders_for_loyalty >= {{ var('loyalty_orders') }} then 'frequent_buyer'
            when orders >= 2 then 'repeat_buyer'
            else 'first_order'
        end as rule_id
    from counts
),

int_lifecycle_steps as (
    select
        ladder.customer_id,
        rules.stage,
        ladder.rule_id,
        ladder.valid_from
    from ladder
    inner join rules
        on ladder.rule_id = rules.rule_id
)

select * from int_lifecycle_steps
