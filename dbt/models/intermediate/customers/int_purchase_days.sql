-- One row per person and day with a valid order: several orders on one day are one purchase.
with

orders as (
    select
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    where is_valid and customer_id is not null
),

int_purchase_days as (
    select
        customer_id,
        row_number() over (partition by customer_id order by order_date) as purchase_number,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
        order_date
    from orders
    group by customer_id, order_date
)

select * from int_purchase_days
