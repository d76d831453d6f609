-- One row per order in force, with its person and the exchange rate of its day.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        *,
        cast(ordered_at as date) as order_date,
        coalesce(currency, '{{ var("currency") }}') as order_currency
    from {{ ref('stg_orders') }}
    {{ of_touched_rows('order_id') }}
),

exchange_rates as (
    select
        currency,
        rate_date,
        rate
    from {{ ref('int_exchange_rates') }}
),

int_orders_placed as (
    select
        orders.order_id,
        {{ person_of(['shop_customer_id', 'email', 'phone', 'device_id']) }} as customer_id,
        orders.store_id,
        orders.campaign_id,
        orders.coupon_code,
        orders.status,
        orders.channel,
        orders.payment_method,
        orders.order_currency as currency,
        {{ exchange_rate('orders.order_currency') }} as exchange_rate,
        orders.subtotal as delivered_subtotal,
        coalesce(orders.discount, 0) as delivered_discount,
        coalesce(orders.shipping, 0) as delivered_shipping,
        coalesce(orders.tax, 0) as delivered_tax,
        orders.total as delivered_total,
        coalesce(orders.is_test, false) as is_test,
        orders.order_date,
        orders.ordered_at,
        orders.updated_at
    from orders
    left join exchange_rates
        on orders.order_currency = exchange_rates.currency
        and orders.order_date = exchange_rates.rate_date
    {{ person_joins('orders', ['shop_customer_id', 'email', 'phone', 'device_id']) }}
)

select * from int_orders_placed
