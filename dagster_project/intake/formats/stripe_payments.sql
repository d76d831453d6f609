/*
system: stripe
name: {en: Stripe payments, ja: Stripe 支払い}
where: {en: "Payments > Export > All columns", ja: "支払い > エクスポート > すべての列"}
has:
  id: id
  created_at: [Created date (UTC), Created (UTC)]
  paid: Amount
  refunded: Amount Refunded
  currency: Currency
  captured: Captured
may_have:
  refunded_at: Refunded date (UTC)
  status: Status
  mode: Mode
  customer_id: Customer ID
  email: Customer Email
settings: {orders: null}
control: {feed: orders, column: total}
is_payment: true
notes: >
  Orders only where no shop system delivers them, or where the setting orders is true: else every sale counts twice.
  Times are UTC. Payments that were not captured are left out: one invoice may be tried fifteen times. Tax is unknown.
*/

-- set aside
select _row, 'not captured: an attempt that brought no money' as reason
from rows
where plain(id) is null or truth(captured) is not true
union all by name
select _row, 'sale of the shop system, which delivers it: say sources: {stripe: {orders: true}} to take it' as reason
from rows
where plain(id) is not null and truth(captured)
    and coalesce(setting('orders') = 'false', getvariable('has_shop_system'))

-- document
select _row, plain(id) as document from rows

-- control
select _row, amount(paid) as amount from rows

-- feed: orders
select
    _row,
    prefixed(id) as order_id,
    prefixed(customer_id) as customer_id,
    plain(email) as email,
    moment(created_at, 'UTC') as ordered_at,
    case when lower(status) = 'refunded' then 'refunded' else 'paid' end as status,
    'online' as channel,
    upper(plain(currency)) as currency,
    amount(paid) as subtotal,
    0 as discount,
    amount(paid) as total,
    case when plain(mode) is not null then lower(mode) = 'test' end as is_test
from rows

-- feed: refunds
select
    _row,
    prefixed(id) || ':refund' as refund_id,
    prefixed(id) as order_id,
    moment(coalesce(plain(refunded_at), created_at), 'UTC') as refunded_at,
    amount(refunded) as amount
from rows
where amount(refunded) > 0
