-- One row per day and dimension value: what the valid orders placed on the day add up to.
{%- set dimensions = ['channel', 'source', 'campaign', 'platform', 'stage', 'cohort'] %}
with

orders as (
    select
        order_id,
        order_number,
        coupon_code,
        lines,
        quantity,
        gross_sales,
        discount,
        gross_sales - discount as merchandise,
        refunds,
        -- The profit of the day the order was placed on: its refunds count on their own day.
        gross_profit + refunds as gross_profit,
        order_date
    from {{ ref('orders') }}
    where is_valid
),

order_dimensions as (
    select *
    from {{ ref('int_order_dimensions') }}
),

int_order_days as (
    select
        orders.order_date as date,
        {{ dimension(dimensions) }},
        count(*) as orders,
        count(orders.coupon_code) as orders_with_coupon,
        count(*) filter (where orders.order_number = 1) as new_customers,
        count(*) filter (where orders.lines > 0) as orders_with_lines,
        sum(orders.quantity) filter (where orders.lines > 0) as pieces,
        sum({{ square('orders.quantity') }}) filter (where orders.lines > 0) as squared_pieces,
        sum(orders.gross_sales) as gross_sales,
        sum(orders.discount) as discounts,
        sum(orders.merchandise) as merchandise,
        sum({{ square('orders.merchandise') }}) as squared_merchandise,
        sum(orders.gross_profit) as gross_profit,
        count(orders.gross_profit) as orders_with_profit,
        sum(orders.refunds) as refunds_to_date
    from orders
    inner join order_dimensions
        on orders.order_id = order_dimensions.order_id
    group by {{ each_dimension('orders.order_date', dimensions) }}
    -- Orders without a person are in no cohort.
    having grouping(cohort) = 1 or cohort != '(none)'
)

select * from int_order_days
