-- Names the rows with an amount that counts as 0, or a cost as unknown, because it has too many digits.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'int_order_lines_priced'}}}) }}

select
    'order_items' as feed,
    order_id || ' ' || line_no as row_key
from {{ ref('int_order_lines_priced') }}
where line_price is null
union all
select
    'orders' as feed,
    order_id as row_key
from {{ ref('int_orders_placed') }}
where
    not {{ fits('delivered_subtotal', 'exchange_rate', '1e14') }}
    or not {{ fits('delivered_discount', 'exchange_rate', '1e14') }}
    or not {{ fits('delivered_total', 'exchange_rate', '1e14') }}
union all
select
    'refunds' as feed,
    refunds.refund_id as row_key
from {{ ref('stg_refunds') }} as refunds
inner join {{ ref('int_orders_placed') }} as orders on refunds.order_id = orders.order_id
where not {{ fits('refunds.amount', 'orders.exchange_rate', '1e14') }}
union all
select
    'marketing_spend' as feed,
    concat_ws(' ', spend_date, platform, campaign_id) as row_key
from {{ ref('int_spend_converted') }}
where not {{ fits('delivered_cost', 'exchange_rate', '1e14') }}
