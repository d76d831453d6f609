-- One row per order in force: its merchandise and discounts, before refunds.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        order_id,
        customer_id,
        exchange_rate,
        coalesce({{ possible_amount('delivered_subtotal', 'exchange_rate') }}, 0) as subtotal,
        coalesce({{ possible_amount('delivered_discount', 'exchange_rate') }}, 0) as discount
    from {{ ref('int_orders_placed') }}
    {{ of_touched() }}
),

order_lines as (
    select *
    from {{ ref('int_order_lines_priced') }}
    {{ of_touched() }}
),

sums_of_lines as (
    select
        order_id,
        count(*) as lines,
        count_if(product_kind = 'goods') as goods_lines,
        count_if(is_merchandise and line_cost is null) as lines_of_unknown_cost,
        sum(quantity) filter (where product_kind = 'goods') as quantity,
        sum(line_price) filter (where is_merchandise) as merchandise,
        sum(line_discount) filter (where is_merchandise) as line_discounts,
        sum(line_cost) filter (where is_merchandise) as cost
    from order_lines
    group by order_id
),

orders_with_lines as (
    select
        orders.order_id,
        orders.customer_id,
        orders.exchange_rate,
        coalesce(sums_of_lines.lines, 0) as lines,
        coalesce(sums_of_lines.goods_lines, 0) as goods_lines,
        coalesce(sums_of_lines.quantity, 0) as quantity,
        case
            when sums_of_lines.order_id is null then orders.subtotal + orders.discount
            else coalesce(sums_of_lines.merchandise, 0)
        end as delivered_gross_sales,
        coalesce(sums_of_lines.line_discounts, 0) + orders.discount as delivered_discount,
        case
            when sums_of_lines.lines_of_unknown_cost = 0 then coalesce(sums_of_lines.cost, 0)
        end as cost
    from orders
    left join sums_of_lines on orders.order_id = sums_of_lines.order_id
),

int_orders_priced as (
    select
        order_id,
        customer_id,
        cast(lines as integer) as lines,
        cast(goods_lines as integer) as goods_lines,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(round(delivered_gross_sales, 4) as decimal(38, 4)) as delivered_gross_sales,
        cast(delivered_discount as decimal(38, 4)) as delivered_discount,
        {{ in_shop_currency('delivered_gross_sales', 'exchange_rate', digits=38) }} as gross_sales,
        {{ in_shop_currency('delivered_discount', 'exchange_rate', digits=38) }} as discount,
        cast(round(cost, 4) as decimal(38, 4)) as cost
    from orders_with_lines
)

select * from int_orders_priced
