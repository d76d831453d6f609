-- One row per day and dimension value: the valid orders placed on the day that an advertising
-- platform is credited with.
{%- set dimensions = ['platform', 'campaign'] %}
with

orders as (
    select
        order_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

order_platforms as (
    select *
    from {{ ref('int_order_platforms') }}
),

int_attributed_order_days as (
    select
        orders.order_date as date,
        {{ dimension(dimensions) }},
        count(*) as orders,
        sum(orders.net_revenue) as net_revenue
    from orders
    inner join order_platforms
        on orders.order_id = order_platforms.order_id
    group by {{ each_dimension('orders.order_date', dimensions) }}
)

select * from int_attributed_order_days
