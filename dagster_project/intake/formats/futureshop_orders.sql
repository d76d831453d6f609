/*
system: futureshop
name: {en: futureshop orders (layout assumed), ja: futureshop 受注データ（書式は推定）}
where: {en: "Orders > Order CSV download", ja: "受注管理 > 受注CSVダウンロード"}
has:
  id: 受注コード
  ordered_at: 注文日時
  billed: 請求合計金額
  price: 販売単価
  quantity: 購入数量
may_have:
  customer_id: 会員ID
  email: メールアドレス（メイン）
  phone: 電話番号（メイン）
  mobile: 携帯電話番号
  payment_method: 決済方法
  is_paid: 入金フラグ
  is_shipped: 発送フラグ
  shipped_at: 発送日
  state: 処理状況区分
  shipping: 送料
  tax: 消費税合計
  item_tax: 消費税
  tax_kind: 消費税種類
  product_number: 商品番号
  branch_number: 枝番号
  jan: JANコード
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
control: {feed: orders, column: total}
notes: >
  No real export was seen: flags are taken as 1 and 0, 消費税 as the tax of one piece. One row per article; the order's
  columns repeat. Points are a way of paying. Correct this file, or write a mapping, when a real export differs.
*/

-- document
select _row, plain(id) as document from rows

-- control
select _row, amount(billed) as amount
from rows
qualify row_number() over (partition by _file, plain(id) order by _row) = 1

-- view: items
select
    *,
    row_number() over (partition by plain(id) order by _row) as line_no,
    coalesce(plain(product_number) || coalesce('-' || plain(branch_number), ''), plain(jan)) as product_id,
    case
        when tax_kind like '%外税%' or tax_kind like '%非課税%' then amount(price)
        when amount(item_tax) is not null then amount(price) - amount(item_tax)
        else without_tax(amount(price), tax_rate_of(product_number))
    end as unit_price
from rows

-- view: sums
select id, cast(sum(unit_price * amount(quantity)) as decimal(18, 4)) as goods from items group by id

-- feed: orders
select
    _row,
    prefixed(items.id) as order_id,
    prefixed(customer_id) as customer_id,
    plain(email) as email,
    coalesce(plain(phone), plain(mobile)) as phone,
    moment(ordered_at) as ordered_at,
    case
        when state like '%キャンセル%' then 'cancelled'
        when truth(is_shipped) or plain(shipped_at) is not null then 'shipped'
        when truth(is_paid) then 'paid'
        else 'pending'
    end as status,
    'online' as channel,
    'JPY' as currency,
    goods as subtotal,
    0 as discount,
    without_tax(coalesce(amount(shipping), 0), setting('tax_rate')) as shipping,
    amount(tax) as tax,
    amount(billed) as total,
    plain(payment_method) as payment_method
from items
inner join sums on items.id = sums.id
where line_no = 1

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    line_no,
    product_id,
    amount(quantity) as quantity,
    unit_price
from items

-- feed: shipments
select _row, prefixed(id) as shipment_id, prefixed(id) as order_id, moment(shipped_at) as shipped_at
from items
where line_no = 1 and plain(shipped_at) is not null
