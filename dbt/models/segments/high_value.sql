-- One row per person and interval of being among the best buyers of the last high_value_days.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

orders as (
    select
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

-- An order counts on its day and high_value_days - 1 days more, less its refunds to as_of.
changes as (
    select
        customer_id,
        order_date as change_date,
        net_revenue as change
    from orders
    union all
    select
        customer_id,
        order_date + {{ var('high_value_days') }} as change_date,
        -net_revenue as change
    from orders
),

changes_by_day as (
    select
        customer_id,
        change_date,
        sum(change) as change
    from changes
    group by customer_id, change_date
),

steps as (
    select
        customer_id,
        sum(change) over history as revenue,
        change_date as valid_from,
        lead(change_date) over history as valid_to
    from changes_by_day
    window history as (partition by customer_id order by change_date)
),

-- The revenue of the last person in the top share of buyers at as_of; who ties with it is in. It
-- holds for all days: members of two days differ by what they bought, not by the yardstick.
threshold as (
    select steps.revenue
    from steps
    inner join as_of
        on steps.valid_from <= as_of.as_of and steps.valid_to > as_of.as_of
    qualify row_number() over (order by steps.revenue desc, steps.customer_id)
        = ceil(cast({{ var('high_value_share') }} as decimal(9, 6)) * count(*) over ())
),

intervals as (
    select
        steps.customer_id,
        steps.valid_from,
        steps.valid_to
    from steps
    inner join threshold
        on steps.revenue >= threshold.revenue
    where steps.revenue > 0
),

high_value as (
    {{ maximal_intervals('intervals') }}
)

select * from high_value
