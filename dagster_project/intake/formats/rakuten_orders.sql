/*
system: rakuten
name: {en: Rakuten RMS orders, ja: 楽天市場 RMS 受注データ}
where: {en: "RMS > Order list > Download data", ja: "RMS > 受注・決済管理 > 受注データ ダウンロード（楽天ペイ）"}
has:
  id: 注文番号
  status: ステータス
  ordered_at: 注文日時
  line_id: 商品明細ID
  article: 商品管理番号
  billed: 請求金額
  mall_coupon: 楽天発行クーポン利用額
may_have:
  shop_coupon: 店舗発行クーポン利用額
  points: ポイント利用額
  email: 注文者メールアドレス
  phone_1: 注文者電話番号1
  phone_2: 注文者電話番号2
  phone_3: 注文者電話番号3
  payment_method: 支払方法名
  shipping: 送料合計
  shipped_at: 発送完了報告日時
  product_number: 商品番号
  sku: [システム連携用SKU番号]
  sku_number: SKU管理番号
  price: 単価
  quantity: 個数
  is_tax_included: 税込別
  line_tax_rate: 商品税率
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
notes: >
  One row per item and address. -9999 is an amount that is not settled yet. Coupons of the mall and points are ways of
  paying and lower the total only. The rate of tax is mostly not in the file: the shop's, and reduced_products.
  E-mail addresses are masks of the mall. Cannot be known: customer's number, refunds, birthday.
*/

-- document
select _row, plain(id) as document from rows

-- view: items
select
    *,
    coalesce(
        case when amount(line_tax_rate) < 1 then amount(line_tax_rate) * 100 else amount(line_tax_rate) end,
        tax_rate_of(coalesce(sku, sku_number, product_number, article))
    ) as rate,
    coalesce(plain(is_tax_included), '1') <> '0' as has_tax,
    nullif(amount(shipping), -9999) as shipping_with_tax,
    nullif(amount(billed), -9999) as paid,
    coalesce(nullif(amount(shop_coupon), -9999), 0) as coupon
from rows

-- view: priced
select
    *,
    case when has_tax then without_tax(amount(price), rate) else amount(price) end as unit_price,
    case when has_tax then amount(price) else divided(amount(price) * (100 + rate), 100) end as price_with_tax
from items

-- view: sums
select
    id,
    cast(sum(unit_price * amount(quantity)) as decimal(18, 4)) as goods,
    cast(sum(price_with_tax * amount(quantity)) as decimal(18, 4)) as goods_with_tax
from priced
group by id

-- view: placed
select
    priced.*,
    sums.goods,
    sums.goods_with_tax,
    coalesce(divided(coupon * sums.goods, sums.goods_with_tax), 0) as discount,
    without_tax(shipping_with_tax, setting('tax_rate')) as shipping_without_tax
from priced
inner join sums on priced.id = sums.id
qualify row_number() over (partition by priced.id order by _row) = 1

-- feed: orders
select
    _row,
    prefixed(id) as order_id,
    plain(email) as email,
    nullif(concat_ws('-', plain(phone_1), plain(phone_2), plain(phone_3)), '') as phone,
    moment(ordered_at) as ordered_at,
    case
        when plain(status) in ('800', '900') then 'cancelled'
        when plain(status) in ('500', '600', '700') then 'shipped'
        when plain(status) in ('300', '400') then 'paid'
        when plain(status) in ('100', '200') then 'pending'
        else plain(status)
    end as status,
    'marketplace' as channel,
    getvariable('shop') as store_id,
    'JPY' as currency,
    goods - discount as subtotal,
    discount,
    shipping_without_tax as shipping,
    goods_with_tax - coupon - (goods - discount) + coalesce(shipping_with_tax - shipping_without_tax, 0) as tax,
    coalesce(paid, goods_with_tax - coupon + coalesce(shipping_with_tax, 0)) as total,
    plain(payment_method) as payment_method
from placed

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    plain(line_id) as line_no,
    coalesce(plain(sku), plain(sku_number), plain(product_number), plain(article)) as product_id,
    amount(quantity) as quantity,
    unit_price
from priced

-- feed: shipments
select _row, prefixed(id) as shipment_id, prefixed(id) as order_id, moment(shipped_at) as shipped_at
from placed
where plain(shipped_at) is not null
