/*
system: shopify
name: {en: Shopify payment transactions, ja: Shopify ペイメントの取引}
where:
  en: "Finances > Payouts > View transactions > Export (payment_transactions_export)"
  ja: "財務管理 > 入金 > 取引 > エクスポート（payment_transactions_export）"
has:
  paid_at: Transaction Date
  kind: Type
  order_name: Order
  payout_status: Payout Status
  presentment_amount: Presentment Amount
may_have:
  amount: Amount
reads: [orders, refunds]
is_payment: true
notes: >
  Gives the days of refunds, which the orders file lacks; the other transactions are the payments of orders that the
  orders file has. Orders are found by their name among those delivered; an order that was not delivered yet keeps its
  name as its number. A refund with a day silences the undated one of its order.
*/

-- set aside
select
    _row,
    case
        when lower(kind) in ('charge', 'payment', 'sale') then 'payment of an order: the orders file has it'
        else 'neither payment nor refund: ' || coalesce(lower(kind), 'no type')
    end as reason
from rows
where lower(coalesce(kind, '')) <> 'refund'

-- view: known_orders
select
    order_name,
    max_by(order_id, ordered_at) as order_id,
    max_by(cast(subtotal as decimal(18, 4)), ordered_at) as subtotal,
    max_by(cast(tax as decimal(18, 4)), ordered_at) as tax,
    max_by(cast(shipping as decimal(18, 4)), ordered_at) as shipping
from delivered_orders
where starts_with(order_id, getvariable('shop') || ':') and order_name is not null
group by order_name

-- view: refunded
select
    rows._row,
    plain(rows.order_name) as order_name,
    coalesce(known_orders.order_id, prefixed(rows.order_name)) as order_id,
    moment(rows.paid_at) as refunded_at,
    abs(coalesce(amount(rows.amount), amount(rows.presentment_amount))) as given_back,
    known_orders.subtotal,
    -- merchandise with the share of tax that it bears
    known_orders.subtotal + divided(
        known_orders.tax * known_orders.subtotal, known_orders.subtotal + known_orders.shipping
    ) as merchandise
from rows
left join known_orders on plain(rows.order_name) = known_orders.order_name

-- feed: refunds
select
    _row,
    prefixed(order_name) || ':' || replace(refunded_at, ' ', 'T') as refund_id,
    order_id,
    refunded_at,
    case
        when merchandise > 0 then least(divided(given_back * subtotal, merchandise), subtotal)
        else given_back
    end as amount
from refunded

-- withdraw: refunds
select refund_id
from delivered_refunds
where refund_id in (select order_id || ':undated' from refunded)
