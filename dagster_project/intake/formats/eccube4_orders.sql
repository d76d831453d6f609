/*
system: eccube
name: {en: EC-CUBE 4 orders, ja: EC-CUBE 4 受注}
where: {en: "Orders > CSV download > Order CSV", ja: "受注管理 > 受注一覧 > CSVダウンロード > 受注CSV"}
has:
  id: 注文ID
  ordered_at: 受注日
  item_kind: [明細区分(ID), 明細区分(名称), 明細区分]
  price: 価格
  quantity: 個数
  merchandise: 小計
  total: 支払合計
may_have:
  item_kind_name: 明細区分(名称)
  number: 注文番号
  customer_id: 会員ID
  email: メールアドレス
  phone: [TEL, 電話番号]
  tax: [税金, 税額]
  status_id: 対応状況(ID)
  status: [対応状況(名称), 対応状況]
  payment_method: [支払方法(名称), 支払方法]
  paid_at: 入金日
  line_id: 注文詳細ID
  product_id: 商品ID
  variant_id: 商品規格ID
  product_name: 商品名
  sku: 商品コード
  tax_rate: 税率
  shipment_id: 出荷ID
  shipped_at: 発送日
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
control: {feed: orders, column: total}
notes: >
  One row per order and item, where an item can be postage, a fee, a discount or points. 価格 is without tax for
  merchandise and discounts, with tax for postage and fees. 送料 stands twice. Orders 決済処理中 and 購入処理中 are
  unfinished checkouts and no orders. Columns and their order are the shop's choice. Points are a way of paying.
  Cannot be known: amount and day of a refund (only 返品 of the whole order), consent.
*/

-- set aside
select _row, 'unfinished checkout (購入処理中, 決済処理中): no order' as reason
from rows
where coalesce(plain(status_id), '') in ('7', '8') or status in ('購入処理中', '決済処理中')
    or (plain(ordered_at) is null and plain(status_id) is null)

-- document
select _row, plain(id) as document from rows

-- control
select _row, amount(total) as amount
from rows
qualify row_number() over (partition by _file, plain(id) order by _row) = 1

-- view: items
select
    *,
    case
        when coalesce(item_kind_name, item_kind) in ('商品', '1') then 'goods'
        when coalesce(item_kind_name, item_kind) in ('送料', '2') then 'shipping'
        when coalesce(item_kind_name, item_kind) in ('割引', '4') then 'discount'
    end as kind,
    amount(price) * amount(quantity) as value,
    coalesce(amount(tax_rate), tax_rate_of(sku)) as rate,
    row_number() over (partition by plain(id) order by _row) as position
from rows

-- view: sums
select
    id,
    coalesce(sum(value) filter (where kind = 'goods'), 0) as goods,
    coalesce(-sum(value) filter (where kind = 'discount'), 0) as discount,
    coalesce(sum(without_tax(value, rate)) filter (where kind = 'shipping'), 0) as shipping
from items
group by id

-- feed: orders
select
    _row,
    prefixed(items.id) as order_id,
    nullif(plain(number), plain(items.id)) as order_name,
    prefixed(customer_id) as customer_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    case
        when coalesce(plain(status_id), status) in ('3', '注文取消し') then 'cancelled'
        when coalesce(plain(status_id), status) in ('9', '返品') then 'refunded'
        when coalesce(plain(status_id), status) in ('5', '発送済み') then 'shipped'
        when coalesce(plain(status_id), status) in ('6', '入金済み') then 'paid'
        when plain(paid_at) is not null then 'paid'
        else 'pending'
    end as status,
    'online' as channel,
    'JPY' as currency,
    goods - discount as subtotal,
    discount,
    shipping,
    amount(tax) as tax,
    amount(total) as total,
    plain(payment_method) as payment_method
from items
inner join sums on items.id = sums.id
where position = 1

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    coalesce(plain(line_id), cast(position as varchar)) as line_no,
    coalesce(plain(sku), prefixed(variant_id), prefixed(product_id), prefixed(product_name)) as product_id,
    amount(quantity) as quantity,
    amount(price) as unit_price
from items
where kind = 'goods'

-- feed: shipments
select
    min(_row) as _row,
    prefixed(shipment_id) as shipment_id,
    prefixed(min(id)) as order_id,
    max(moment(shipped_at)) as shipped_at
from items
where plain(shipment_id) is not null
group by shipment_id
