/*
system: woocommerce
name: {en: WooCommerce Customer/Order CSV Export, ja: WooCommerce 注文（Customer/Order CSV Export）}
where:
  en: "WooCommerce > CSV Export > Orders (plugin Customer/Order/Coupon CSV Export)"
  ja: "WooCommerce > CSV Export > Orders（プラグイン）"
has:
  id: order_id
  number: order_number
  line_items: line_items
  email: billing_email
  total: order_total
may_have:
  ordered_at: [date, order_date]
  status: [status, order_status]
  shipping: [shipping_total, order_shipping]
  shipping_tax: [shipping_tax_total, order_shipping_tax]
  tax: [tax_total, order_tax]
  discount: [discount_total, cart_discount]
  refunded: [refunded_total, order_refund]
  currency: [order_currency, currency]
  payment_method: payment_method
  customer_id: [customer_id, customer_user]
  phone: billing_phone
  coupons: coupons
control: {feed: orders, column: total}
notes: >
  One row per order; the articles stand in one cell, as name:…|sku:…|quantity:…|total:…, parted by ;. A line's total
  is after discounts and without tax. The customer's number is 0 for guests. Times are those of the site, without zone.
*/

-- document
select _row, coalesce(plain(id), plain(number)) as document from rows

-- control
select _row, amount(total) as amount from rows

-- view: cells
select
    _row,
    coalesce(plain(id), plain(number)) as id,
    coalesce(amount(discount), 0) as discount,
    unnest(string_split(replace(line_items, ';name:', chr(1) || 'name:'), chr(1))) as cell,
    generate_subscripts(string_split(replace(line_items, ';name:', chr(1) || 'name:'), chr(1)), 1) as line_no
from rows
where plain(line_items) is not null

-- view: items
select
    _row,
    id,
    line_no,
    regexp_extract(cell, '^name:(.*?)\|', 1) as name,
    regexp_extract(cell, '\|sku:(.*?)\|', 1) as sku,
    coalesce(amount(regexp_extract(cell, '\|quantity:(.*?)(\||$)', 1)), 1) as quantity,
    amount(regexp_extract(cell, '\|total:(.*?)(\||$)', 1)) as total,
    discount,
    cast(sum(amount(regexp_extract(cell, '\|total:(.*?)(\||$)', 1))) over (partition by id) as decimal(18, 4)) as goods
from cells

-- feed: orders
select
    rows._row,
    prefixed(coalesce(plain(rows.id), number)) as order_id,
    nullif(plain(number), plain(rows.id)) as order_name,
    prefixed(nullif(plain(customer_id), '0')) as customer_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    case regexp_replace(lower(status), '^wc-|[ _]', '', 'g')
        when 'completed' then 'shipped' when 'processing' then 'paid' when 'on-hold' then 'pending'
        when 'onhold' then 'pending' when 'pending' then 'pending' when 'pendingpayment' then 'pending'
        when 'cancelled' then 'cancelled' when 'failed' then 'cancelled' when 'refunded' then 'refunded'
        else lower(status)
    end as status,
    'online' as channel,
    upper(plain(currency)) as currency,
    coalesce(sums.goods, amount(rows.total) - coalesce(amount(tax), 0) - coalesce(amount(shipping_tax), 0) - coalesce(amount(shipping), 0)) as subtotal,
    coalesce(amount(rows.discount), 0) as discount,
    coalesce(amount(shipping), 0) as shipping,
    coalesce(amount(tax), 0) + coalesce(amount(shipping_tax), 0) as tax,
    amount(rows.total) as total,
    coalesce(nullif(regexp_extract(coupons, 'code:([^|;]*)', 1), ''), plain(coupons)) as coupon_code,
    plain(payment_method) as payment_method
from rows
left join (select distinct _row, goods from items) as sums using (_row)

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    line_no,
    coalesce(plain(sku), prefixed(name)) as product_id,
    quantity,
    divided(
        case when goods > 0 then total + divided(discount * total, goods) else total end, quantity
    ) as unit_price
from items

-- feed: refunds
select
    rows._row,
    prefixed(coalesce(plain(id), number)) || ':undated' as refund_id,
    prefixed(coalesce(plain(id), number)) as order_id,
    moment(ordered_at) as refunded_at,
    least(divided(
        amount(refunded) * sums.goods,
        amount(total) - coalesce(amount(shipping), 0) - coalesce(amount(shipping_tax), 0)
    ), sums.goods) as amount,
    'date unknown' as reason
from rows
inner join (select distinct _row, goods from items) as sums using (_row)
where amount(refunded) > 0 and not lower(status) in ('refunded', 'wc-refunded', 'cancelled', 'failed')
