-- One row per order line in force, with the kind and cost of its article; amounts in the order's currency.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

order_items as (
    select
        order_id,
        line_no,
        product_id,
        quantity,
        unit_price,
        discount
    from {{ ref('stg_order_items') }}
    {{ of_touched_rows('order_id', ref('int_orders_placed')) }}
),

products as (
    select
        product_id,
        kind,
        unit_cost
    from {{ ref('stg_products') }}
),

orders as (
    select
        order_id,
        customer_id,
        exchange_rate
    from {{ ref('int_orders_placed') }}
    {{ of_touched_rows('order_id', ref('int_orders_placed')) }}
),

-- A product of two DECIMAL(18,4) does not fit into 18 digits.
multiplied as (
    select
        order_items.*,
        coalesce(products.kind, 'goods') as product_kind,
        orders.customer_id,
        orders.exchange_rate,
        cast(order_items.quantity as decimal(19, 4)) * order_items.unit_price as price,
        cast(order_items.quantity as decimal(19, 4)) * products.unit_cost as cost
    from order_items
    left join products on order_items.product_id = products.product_id
    left join orders on order_items.order_id = orders.order_id
),

int_order_lines_priced as (
    select
        order_id,
        line_no,
        customer_id,
        product_id,
        product_kind,
        quantity,
        unit_price,
        cast({{ possible_amount('price', 'exchange_rate') }} as decimal(22, 8)) as line_price,
        coalesce({{ possible_amount('discount', 'exchange_rate') }}, 0) as line_discount,
        cast({{ possible_amount('cost') }} as decimal(22, 8)) as line_cost,
        -- A gift card is money changed into another form: it is sold when it is spent.
        product_kind != 'gift_card' as is_merchandise
    from multiplied
)

select * from int_order_lines_priced
