-- One row per order line in force, with the kind and cost of its article; amounts in the order's currency.
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
),

products as (
    select
        product_id,
        kind,
        unit_cost
    from {{ ref('stg_products') }}
),

int_order_lines_priced as (
    select
        order_items.order_id,
        order_items.line_no,
        order_items.product_id,
        coalesce(products.kind, 'goods') as product_kind,
        order_items.quantity,
        order_items.unit_price,
        -- A product of two DECIMAL(18,4) does not fit into 18 digits.
        cast(order_items.quantity as decimal(19, 4)) * order_items.unit_price as line_price,
        coalesce(order_items.discount, 0) as line_discount,
        cast(order_items.quantity as decimal(19, 4)) * products.unit_cost as line_cost,
        -- A gift card is money changed into another form: it is sold when it is spent.
        coalesce(products.kind, 'goods') != 'gift_card' as is_merchandise
    from order_items
    left join products on order_items.product_id = products.product_id
)

select * from int_order_lines_priced
