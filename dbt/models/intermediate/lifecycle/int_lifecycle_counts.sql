-- One row per person and day on which a count that decides the stage changes, with all counts from
-- that day on. It reaches beyond as_of: when a customer will lapse without another order is known today.
{{ rebuilt_for_touched() }}
with

-- The larger part first: the other way round DuckDB does not spill what it groups, and runs out of memory.
changes as (
    select customer_id, signal, changes_on, change
    from {{ ref('int_lifecycle_customer_changes') }}
    {{ of_touched() }}

    union all

    select customer_id, signal, changes_on, change
    from {{ ref('int_lifecycle_prospect_changes') }}
    {{ of_touched() }}
),

net as (
    select
        customer_id,
        changes_on,
        sum(case when signal = 'activity' then change else 0 end) as activity,
        sum(case when signal = 'interest' then change else 0 end) as interest,
        sum(case when signal = 'decision' then change else 0 end) as decision,
        sum(case when signal = 'orders' then change else 0 end) as orders,
        sum(case when signal = 'orders_before_at_risk' then change else 0 end)
            as orders_before_at_risk,
        sum(case when signal = 'orders_before_churn' then change else 0 end) as orders_before_churn,
        sum(case when signal = 'orders_for_loyalty' then change else 0 end) as orders_for_loyalty,
        sum(case when signal = 'recommendations' then change else 0 end) as recommendations
    from changes
    group by customer_id, changes_on
),

int_lifecycle_counts as (
    select
        customer_id,
        changes_on,
        cast(sum(activity) over so_far as bigint) as activity,
        cast(sum(interest) over so_far as bigint) as interest,
        cast(sum(decision) over so_far as bigint) as decision,
        cast(sum(orders) over so_far as bigint) as orders,
        cast(sum(orders_before_at_risk) over so_far as bigint) as orders_before_at_risk,
        cast(sum(orders_before_churn) over so_far as bigint) as orders_before_churn,
        cast(sum(orders_for_loyalty) over so_far as bigint) as orders_for_loyalty,
        cast(sum(recommendations) over so_far as bigint) as recommendations
    from net
    window so_far as (
        partition by customer_id
        order by changes_on
        rows between unbounded preceding and current row
    )
)

select * from int_lifecycle_counts
