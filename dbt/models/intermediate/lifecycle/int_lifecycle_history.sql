-- One row per person and maximal interval of one stage, also those that lie ahead when nothing more
-- happens: a function of the facts alone, which a mart cuts at as_of.
{{ rebuilt_for_touched() }}
with

counts as (
    select *
    from {{ ref('int_lifecycle_counts') }}
    {{ of_touched() }}
),

rules as (
    select rule_id, stage
    from {{ ref('lifecycle_rules') }}
),

-- The ladder stands here only; the first rule that fits wins, lapse goes before merit.
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

compared as (
    select
        ladder.customer_id,
        rules.stage,
        lag(rules.stage) over (partition by ladder.customer_id order by ladder.valid_from) as previous_stage,
        ladder.rule_id,
        ladder.valid_from
    from ladder
    inner join rules
        on ladder.rule_id = rules.rule_id
),

turns as (
    select *
    from compared
    where stage is distinct from previous_stage
),

int_lifecycle_history as (
    select
        customer_id,
        row_number() over person_turns as interval_number,
        stage,
        previous_stage,
        rule_id,
        valid_from,
        lead(valid_from) over person_turns as valid_to
    from turns
    window person_turns as (partition by customer_id order by valid_from)
)

select * from int_lifecycle_history
