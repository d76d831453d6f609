/*
system: yahoo
name: {en: Yahoo! Shopping order lines, ja: Yahoo!ショッピング 注文データ（商品）}
where: {en: "Store Creator Pro > Orders > Download > Item", ja: "ストアクリエイターPro > 注文管理 > 注文データ ダウンロード（商品）"}
has:
  id: OrderId
  line_id: LineId
  item_id: ItemId
  sub_code: SubCode
  price: UnitPrice
  quantity: Quantity
may_have:
  full_id: Id
  tax_rate: [ItemTaxRatio, TaxRatio]
has_not: [OrderTime]
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
notes: The lines of yahoo_orders. Prices are with tax; the rate is the shop's unless the file has one.
*/

-- document
select _row, coalesce(plain(full_id), plain(id)) as document from rows

-- feed: order_items
select
    _row,
    prefixed(coalesce(plain(full_id), plain(id))) as order_id,
    plain(line_id) as line_no,
    coalesce(plain(sub_code), plain(item_id)) as product_id,
    amount(quantity) as quantity,
    without_tax(amount(price), coalesce(amount(tax_rate), tax_rate_of(coalesce(plain(sub_code), item_id)))) as unit_price
from rows
