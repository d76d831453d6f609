/*
system: amazon
name: {en: Amazon New Orders report, ja: Amazon 新規注文レポート}
where:
  en: "Seller Central > Orders > Order Reports > New Orders"
  ja: "セラーセントラル > 注文 > 注文レポート > 新しい注文"
has:
  id: order-id
  line_id: order-item-id
  ordered_at: purchase-date
  email: buyer-email
  quantity: quantity-purchased
  price: item-price
may_have:
  phone: buyer-phone-number
  sku: sku
  product_name: product-name
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
  Tabs without any quoting. Orders that are paid and not shipped; the state of an order comes with amazon_all_orders,
  whose later export replaces it. item-price is the line's total, with tax but for US dollars and other currencies where
  tax comes on top. The e-mail address is a mask of the marketplace.
*/

-- document
select _row, plain(id) as document from rows

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
from (
    select
        *,
        row_number() over (partition by plain(id) order by _row) as line_no,
        coalesce(upper(currency) in ('USD', 'CAD', 'MXN', 'BRL'), false) as is_tax_on_top,
        coalesce(amount(tax), amount(price) - without_tax(amount(price), tax_rate_of(sku))) as line_tax
    from rows
) as taxed

-- view: sums
select
    id,
    coalesce(sum(value - discount_without_tax), 0) as subtotal,
    coalesce(sum(
        shipping_charged - case when is_tax_on_top then 0 else shipping_taxed end
        - case when is_tax_on_top or shipping_charged = 0 then coalesce(amount(shipping_discount), 0)
            else divided(coalesce(amount(shipping_discount), 0) * (shipping_charged - shipping_taxed), shipping_charged) end
    ), 0) as shipping,
    coalesce(sum(
        amount(price) + case when is_tax_on_top then line_tax + shipping_taxed else 0 end
        - coalesce(amount(discount), 0) + shipping_charged - coalesce(amount(shipping_discount), 0)
    ), 0) as paid,
    coalesce(sum(coalesce(amount(wrapping), 0) + case when is_tax_on_top then coalesce(amount(wrapping_tax), 0) else 0 end), 0)
        as wrapped
from priced
group by id

-- feed: orders
select
    _row,
    prefixed(priced.id) as order_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    'paid' as status,
    'marketplace' as channel,
    getvariable('shop') as store_id,
    upper(plain(currency)) as currency,
    sums.subtotal,
    0 as discount,
    sums.shipping,
    sums.paid - sums.subtotal - sums.shipping as tax,
    sums.paid + sums.wrapped as total
from priced
inner join sums on priced.id = sums.id
where line_no = 1

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    line_no,
    coalesce(plain(sku), prefixed(product_name)) as product_id,
    amount(quantity) as quantity,
    divided(value, amount(quantity)) as unit_price,
    nullif(discount_without_tax, 0) as discount
from priced
