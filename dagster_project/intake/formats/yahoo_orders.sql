/*
system: yahoo
name: {en: Yahoo! Shopping orders, ja: Yahoo!ショッピング 注文データ}
where: {en: "Store Creator Pro > Orders > Download > Order", ja: "ストアクリエイターPro > 注文管理 > 注文データ ダウンロード（注文）"}
has:
  id: OrderId
  ordered_at: OrderTime
  status: OrderStatus
  total: TotalPrice
  points: UsePoint
  email: BillMailAddress
may_have:
  full_id: Id
  phone: BillPhoneNumber
  payment_method: PayMethodName
  paid_at: PayDate
  shipped_at: ShipDate
  shipping: ShipCharge
  fee: PayCharge
  wrapping: GiftWrapCharge
  discount: Discount
  mall_coupon: TotalMallCouponDiscount
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
control: {feed: orders, column: total}
notes: >
  The lines come in a file of their own (yahoo_items). Amounts are with tax; the order file has no rate, so the shop's.
  Points and coupons of the mall are ways of paying. Assumed, as no real file was seen: Discount is positive.
*/

-- document
select _row, coalesce(plain(full_id), plain(id)) as document from rows

-- control
select _row, amount(total) as amount
from rows
qualify row_number() over (partition by _file, coalesce(plain(full_id), plain(id)) order by _row) = 1

-- view: placed
select
    *,
    coalesce(plain(full_id), plain(id)) as number,
    coalesce(amount(shipping), 0) as shipping_with_tax,
    without_tax(coalesce(amount(shipping), 0), setting('tax_rate')) as shipping_without_tax,
    abs(coalesce(amount(discount), 0)) as discount_with_tax,
    amount(total) + coalesce(amount(points), 0) + abs(coalesce(amount(mall_coupon), 0)) - coalesce(amount(shipping), 0)
    - coalesce(amount(fee), 0) - coalesce(amount(wrapping), 0) as goods_with_tax
from rows
-- a template with articles has a row for each
qualify row_number() over (partition by coalesce(plain(full_id), plain(id)) order by _row) = 1

-- feed: orders
select
    _row,
    prefixed(number) as order_id,
    nullif(plain(id), number) as order_name,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    case
        when plain(status) = '4' then 'cancelled'
        when plain(status) = '5' or plain(shipped_at) is not null then 'shipped'
        when plain(status) = '2' and plain(paid_at) is not null then 'paid'
        else 'pending'
    end as status,
    'marketplace' as channel,
    getvariable('shop') as store_id,
    'JPY' as currency,
    without_tax(goods_with_tax, setting('tax_rate')) as subtotal,
    without_tax(discount_with_tax, setting('tax_rate')) as discount,
    shipping_without_tax as shipping,
    goods_with_tax - without_tax(goods_with_tax, setting('tax_rate')) + shipping_with_tax - shipping_without_tax as tax,
    amount(total) as total,
    plain(payment_method) as payment_method
from placed

-- feed: shipments
select _row, prefixed(number) as shipment_id, prefixed(number) as order_id, moment(shipped_at) as shipped_at
from placed
where plain(shipped_at) is not null
