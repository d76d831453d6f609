-- One row per valid order of a person, numbered in time.
{{ rebuilt_for_touched() }}
with

orders as (
    select
        order_id,
        customer_id,
        ordered_at
    from {{ ref('int_orders_validated') }}
    {{ of_touched() }}
    where
        is_valid
        and customer_id is not null
),

int_orders_numbered as (
    select
        order_id,
        customer_id,
        cast(
            row_number() over (partition by customer_id order by ordered_at, order_id) as integer
        ) as order_number
    from orders
)

select * from int_orders_numbered
