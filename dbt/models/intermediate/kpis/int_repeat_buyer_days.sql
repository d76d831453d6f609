-- One row per day: persons with an order in the repeat_days to it, and those of them with at
-- least two.
with

days as (
    select date
    from {{ ref('int_kpi_period_days') }}
    where period = 'month'
),

orders as (
    select
        order_date,
        lag(order_date) over person as previous_order_date,
        lead(order_date) over person as next_order_date
    from {{ ref('orders') }}
    where order_number is not null
    window person as (partition by customer_id order by order_number)
),

-- From its day until the next order, an order is its person's last one: the person has one in the
-- window while this one is in it, and two while the one before is.
lasting as (
    select
        order_date,
        least(order_date + {{ var('repeat_days') }}, next_order_date) as buyer_until,
        case
            when previous_order_date + {{ var('repeat_days') }} > order_date
                then least(previous_order_date + {{ var('repeat_days') }}, next_order_date)
        end as repeat_buyer_until
    from orders
),

changes as (
    select order_date as date, 1 as buyers, 0 as repeat_buyers from lasting
    union all
    select buyer_until as date, -1 as buyers, 0 as repeat_buyers from lasting
    union all
    select order_date as date, 0 as buyers, 1 as repeat_buyers from lasting
    where repeat_buyer_until is not null
    union all
    select repeat_buyer_until as date, 0 as buyers, -1 as repeat_buyers from lasting
    where repeat_buyer_until is not null
),

changes_by_day as (
    select
        date,
        sum(buyers) as buyers,
        sum(repeat_buyers) as repeat_buyers
    from changes
    group by date
),

int_repeat_buyer_days as (
    select
        days.date,
        coalesce(sum(changes_by_day.buyers) over history, 0) as buyers,
        coalesce(sum(changes_by_day.repeat_buyers) over history, 0) as repeat_buyers
    from days
    left join changes_by_day
        on days.date = changes_by_day.date
    window history as (order by days.date rows between unbounded preceding and current row)
)

select * from int_repeat_buyer_days
