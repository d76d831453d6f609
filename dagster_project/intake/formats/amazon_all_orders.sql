/*
system: amazon
name: {en: Amazon All Orders report, ja: Amazon 全注文レポート}
where:
  en: "Seller Central > Orders > Order Reports > All Orders (flat file)"
  ja: "セラーセントラル > レポート > フルフィルメント > 全注文レポート（フラットファイル）"
has:
  id: amazon-order-id
  ordered_at: purchase-date
  status: order-status
  price: item-price
  asin: asin
may_have:
  updated_at: last-updated-date
  sku: sku
  item_status: item-status
  quantity: quantity
  currency: currency
  tax: item-tax
  shipping: shipping-price
  shipping_tax: shipping-tax
  wrapping: gift-wrap-price
  wrapping_tax: gift-wrap-tax
  discount: item-promotion-discount
  shipping_discount: ship-promotion-discount
unquoted: true
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
notes: >
  Tabs without any quoting: a quote is text. item-price is the line's total, with tax but for US dollars and other
  currencies where tax comes on top. Lines that are cancelled or without a quantity or price are left out of the items.
  No buyer is in this report: it counts in money, for no person. Refunds are in the settlement report only.
*/

-- document
select _row, plain(id) as document from rows

-- view: items
select
    *,
    row_number() over (partition by plain(id) order by _row) as line_no,
    amount(quantity) > 0 and coalesce(lower(item_status), '') <> 'cancelled' and amount(price) is not null as is_sold,
    coalesce(upper(currency) in ('USD', 'CAD', 'MXN', 'BRL'), false) as is_tax_on_top,
    coalesce(amount(tax), amount(price) - without_tax(amount(price), tax_rate_of(sku))) as line_tax
from rows

-- view: priced
select
    *,
    case when is_tax_on_top then amount(price) else amount(price) - line_tax end as value,
    case
        when is_tax_on_top or coalesce(amount(price), 0) = 0 then coalesce(amount(discount), 0)
        else divided(coalesce(amount(discount), 0) * (amount(price) - line_tax), amount(price))
    end as discount_without_tax,
    coalesce(amount(shipping), 0) as shipping_charged,
    coalesce(amount(shipping_tax), 0) as shipping_taxed
from items

-- view: sums
select
    id,
    coalesce(sum(value - discount_without_tax) filter (where is_sold), 0) as subtotal,
    coalesce(sum(
        shipping_charged - case when is_tax_on_top then 0 else shipping_taxed end
        - case when is_tax_on_top or shipping_charged = 0 then coalesce(amount(shipping_discount), 0)
            else divided(coalesce(amount(shipping_discount), 0) * (shipping_charged - shipping_taxed), shipping_charged) end
    ) filter (where is_sold), 0) as shipping,
    coalesce(sum(
        amount(price) + case when is_tax_on_top then line_tax + shipping_taxed else 0 end
        - coalesce(amount(discount), 0) + shipping_charged - coalesce(amount(shipping_discount), 0)
    ) filter (where is_sold), 0) as paid,
    coalesce(sum(coalesce(amount(wrapping), 0) + case when is_tax_on_top then coalesce(amount(wrapping_tax), 0) else 0 end)
        filter (where is_sold), 0) as wrapped
from priced
group by id

-- feed: orders
select
    _row,
    prefixed(priced.id) as order_id,
    moment(ordered_at) as ordered_at,
    moment(updated_at) as updated_at,
    case
        when lower(status) like 'cancel%' then 'cancelled'
        when lower(status) like 'pending%' then 'pending'
        when lower(status) like 'shipped%' then 'shipped'
        when lower(status) in ('unshipped', 'shipping', 'partiallyshipped', 'invoiceunconfirmed') then 'paid'
        else lower(status)
    end as status,
    'marketplace' as channel,
    getvariable('shop') as store_id,
    max(upper(plain(currency))) over (partition by priced.id) as currency,
    sums.subtotal,
    0 as discount,
    sums.shipping,
    sums.paid - sums.subtotal - sums.shipping as tax,
    sums.paid + sums.wrapped as total
from priced
inner join sums on priced.id = sums.id
qualify row_number() over (partition by priced.id order by _row) = 1

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    line_no,
    coalesce(plain(sku), prefixed(asin)) as product_id,
    amount(quantity) as quantity,
    divided(value, amount(quantity)) as unit_price,
    nullif(discount_without_tax, 0) as discount
from priced
where is_sold
