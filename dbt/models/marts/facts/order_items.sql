-- One row per order line.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

order_lines as (
    select *
    from {{ ref('int_order_lines_priced') }}
    {{ of_touched() }}
),

orders as (
    select
        order_id,
        customer_id,
        exchange_rate,
        order_date,
        ordered_at
    from {{ ref('int_orders_placed') }}
    {{ of_touched() }}
),

order_items as (
    select
        order_lines.order_id,
        order_lines.line_no,
        orders.customer_id,
        order_lines.product_id,
        order_lines.product_kind,
        order_lines.quantity,
        {{ in_shop_currency('order_lines.unit_price', 'orders.exchange_rate') }} as unit_price,
        {{ in_shop_currency('order_lines.line_discount', 'orders.exchange_rate') }} as discount,
        case
            when order_lines.is_merchandise
                then {{ in_shop_currency('order_lines.line_price', 'orders.exchange_rate') }}
            else 0
        end as gross_sales,
        case
            when order_lines.is_merchandise
                then try_cast(round(order_lines.line_cost, 4) as decimal(18, 4))
            else 0
        end as cost,
        orders.order_date,
        orders.ordered_at
    from order_lines
    left join orders on order_lines.order_id = orders.order_id
)

select * from order_items
