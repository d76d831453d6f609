/*
system: square
name: {en: Square transactions, ja: Square 取引履歴}
where: {en: "Dashboard > Payments > Transactions > Export > Transactions CSV", ja: "ダッシュボード > 決済 > 取引 > エクスポート > 取引履歴CSV"}
has:
  day: Date
  clock: Time
  time_zone: Time Zone
  net_sales: Net Sales
  total: Total Collected
  id: Transaction ID
  kind: Event Type
may_have:
  payment_id: Payment ID
  gift_cards: Gift Card Sales
  tax: Tax
  source: Source
  brand: Card Brand
  cash: Cash
  location: Location
  customer_id: Customer ID
  refund_reason: Refund Reason
dates: day
date_order: mdy
settings: {date_order: null, orders: null}
control: {feed: orders, column: total}
is_payment: true
notes: >
  The articles come in a file of their own (square_items). Tax comes on top (US). Negative amounts are written ($6.48)
  or -$6.48. Time zones have the names of Rails. A Refund is a row of its own with its own day. Sales that did not come
  over the counter are left to the shop system where there is one, unless the setting orders says otherwise: each would
  count twice. Discounts stand at the items.
*/

-- view: sales
select
    *,
    lower(kind) = 'refund' as is_refund,
    moment(
        day || ' ' || clock,
        case time_zone
            when 'Pacific Time (US & Canada)' then 'America/Los_Angeles'
            when 'Mountain Time (US & Canada)' then 'America/Denver'
            when 'Arizona' then 'America/Phoenix'
            when 'Central Time (US & Canada)' then 'America/Chicago'
            when 'Eastern Time (US & Canada)' then 'America/New_York'
            when 'Atlantic Time (Canada)' then 'America/Halifax'
            when 'Alaska' then 'America/Anchorage'
            when 'Hawaii' then 'Pacific/Honolulu'
            when 'London' then 'Europe/London'
            when 'Dublin' then 'Europe/Dublin'
            when 'Paris' then 'Europe/Paris'
            when 'Madrid' then 'Europe/Madrid'
            when 'Tokyo' then 'Asia/Tokyo'
            when 'Osaka' then 'Asia/Tokyo'
            when 'Sapporo' then 'Asia/Tokyo'
            when 'Sydney' then 'Australia/Sydney'
            when 'Melbourne' then 'Australia/Melbourne'
            when 'Brisbane' then 'Australia/Brisbane'
            when 'Perth' then 'Australia/Perth'
            when 'Adelaide' then 'Australia/Adelaide'
            else case when regexp_matches(time_zone, '^[A-Z][A-Za-z]+/') then time_zone end
        end,
        _date_order
    ) as sold_at
from rows

-- document
select _row, coalesce(plain(payment_id), plain(id)) as document from rows

-- set aside
select _row, 'no transaction: ' || coalesce(lower(kind), 'no type') as reason
from rows
where coalesce(lower(kind), '') not in ('payment', 'refund')
union all by name
select _row, 'sale of the shop system, which delivers it: say sources: {square: {orders: true}} to take it' as reason
from rows
where lower(kind) = 'payment' and coalesce(setting('orders') = 'false', getvariable('has_shop_system'))
    and not regexp_matches(lower(coalesce(source, '')), 'point of sale|register|terminal')

-- control
select _row, amount(total) as amount from rows where lower(kind) = 'payment'

-- feed: orders
select
    _row,
    prefixed(id) as order_id,
    prefixed(customer_id) as customer_id,
    sold_at as ordered_at,
    'paid' as status,
    case when regexp_matches(lower(coalesce(source, '')), 'online|ecommerce|e-commerce|invoice|link|checkout')
        then 'online' else 'store' end as channel,
    plain(location) as store_id,
    amount(net_sales) as subtotal,
    0 as discount,
    amount(tax) as tax,
    amount(total) as total,
    nullif(concat_ws(', ', plain(brand), case when amount(cash) <> 0 then 'Cash' end), '') as payment_method
from sales
where not is_refund

-- feed: refunds
select
    _row,
    prefixed(coalesce(plain(payment_id), plain(id) || ':' || replace(sold_at, ' ', 'T'))) as refund_id,
    prefixed(id) as order_id,
    sold_at as refunded_at,
    -amount(net_sales) as amount,
    plain(refund_reason) as reason
from sales
where is_refund
