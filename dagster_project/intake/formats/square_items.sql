/*
system: square
name: {en: Square item details, ja: Square 商品詳細}
where: {en: "Dashboard > Payments > Transactions > Export > Items Detail CSV", ja: "ダッシュボード > 決済 > 取引 > エクスポート > 商品詳細CSV"}
has:
  day: Date
  clock: Time
  time_zone: Time Zone
  item: Item
  quantity: Qty
  net_sales: Net Sales
  id: Transaction ID
  kind: Event Type
may_have:
  price_point: Price Point Name
  sku: SKU
  gross_sales: Gross Sales
  discount: Discounts
has_not: [Total Collected]
notes: The articles of square_transactions. Tax comes on top. Refunded articles are rows of refunds, left out here.
*/

-- set aside
select _row, 'article of a refund: the transactions have its amount' as reason
from rows
where lower(coalesce(kind, '')) <> 'payment'

-- document
select _row, plain(id) as document from rows

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    row_number() over (partition by plain(id) order by _row) as line_no,
    coalesce(plain(sku), prefixed(concat(plain(item), ' (' || plain(price_point) || ')'))) as product_id,
    amount(quantity) as quantity,
    divided(coalesce(amount(gross_sales), amount(net_sales)), amount(quantity)) as unit_price,
    nullif(abs(amount(discount)), 0) as discount
from rows
