-- One row per KPI, day and dimension value: what the valid orders placed on the day add up to.
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

order_days as (
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
),

kpis_of_orders as (
    {{ kpis_of_days('order_days', [
        ('orders', 'orders'),
        ('items_per_order', 'pieces', 'orders_with_lines', 'squared_pieces'),
        ('gross_sales', 'gross_sales'),
        ('discounts', 'discounts'),
        ('net_revenue', 'gross_sales - discounts'),
        ('gross_profit', 'coalesce(gross_profit, 0)', 'orders_with_profit'),
        ('aov', 'merchandise', 'orders', 'squared_merchandise'),
        ('new_customers', 'new_customers'),
        ('coupon_share', 'orders_with_coupon', 'orders'),
        ('discount_rate', 'discounts', 'gross_sales'),
        ('return_rate', 'refunds_to_date', 'merchandise'),
        ('mer', 'gross_sales - discounts', '0', ['all']),
        ('contact_rate', '0', 'orders', ['all']),
        ('cac', '0', 'new_customers', ['all', 'platform']),
    ]) }}
)

select * from kpis_of_orders
