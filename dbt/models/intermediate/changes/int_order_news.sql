-- One row per order and change of the order as placed: of itself, of whose it is, of its exchange rate.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        currency || ' ' || cast(cast(ordered_at as date) as {{ dbt.type_string() }}) as currency_day
    from {{ ref('stg_orders') }}
    where currency is not null
),

exchange_rates as (
    select
        currency_day,
        change_number
    from {{ ref('int_exchange_rate_changes') }}
),

int_order_news as (
    {{ changes_of_rows('orders', 'order_id', ['shop_customer_id', 'email', 'phone', 'device_id']) }}
    union all
    select
        orders.order_id,
        exchange_rates.change_number
    from orders
    inner join exchange_rates on orders.currency_day = exchange_rates.currency_day
)

select * from int_order_news
