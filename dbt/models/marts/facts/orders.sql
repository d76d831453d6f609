-- One row per order, valid or not.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

placed as (
    select *
    from {{ ref('int_orders_placed') }}
    {{ of_touched() }}
),

priced as (
    select *
    from {{ ref('int_orders_priced') }}
    {{ of_touched() }}
),

validated as (
    select order_id, refunds, is_refunded_in_full, is_valid
    from {{ ref('int_orders_validated') }}
    {{ of_touched() }}
),

attributed as (
    select *
    from {{ ref('int_orders_attributed') }}
    {{ of_touched() }}
),

numbered as (
    select *
    from {{ ref('int_orders_numbered') }}
    {{ of_touched() }}
),

orders as (
    select
        placed.order_id,
        placed.customer_id,
        placed.store_id,
        coalesce(attributed.campaign_id, placed.campaign_id) as campaign_id,
        placed.coupon_code,
        placed.status,
        placed.channel,
        placed.payment_method,
        placed.currency,
        case
            when attributed.order_id is null then '(unattributed)'
            else attributed.source
        end as source,
        attributed.medium,
        numbered.order_number,
        priced.lines,
        priced.goods_lines,
        priced.quantity,
        priced.gross_sales,
        priced.discount,
        validated.refunds,
        cast(
            priced.gross_sales - priced.discount - validated.refunds as decimal(38, 4)
        ) as net_revenue,
        cast(
            priced.gross_sales - priced.discount - validated.refunds - priced.cost as decimal(38, 4)
        ) as gross_profit,
        {{ in_shop_currency('placed.delivered_shipping', 'placed.exchange_rate') }} as shipping,
        {{ in_shop_currency('placed.delivered_tax', 'placed.exchange_rate') }} as tax,
        {{ in_shop_currency('placed.delivered_total', 'placed.exchange_rate') }} as total,
        validated.is_valid,
        validated.is_refunded_in_full,
        coalesce(numbered.order_number = 1, false) as is_first,
        placed.is_test,
        placed.order_date,
        placed.ordered_at
    from placed
    inner join priced on placed.order_id = priced.order_id
    inner join validated on placed.order_id = validated.order_id
    left join attributed on placed.order_id = attributed.order_id
    left join numbered on placed.order_id = numbered.order_id
)

select * from orders
