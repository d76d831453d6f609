/*
system: woocommerce
name: {en: WooCommerce Advanced Order Export, ja: WooCommerce 注文（Advanced Order Export）}
where:
  en: "WooCommerce > Export Orders (plugin Advanced Order Export), one row per product"
  ja: "WooCommerce > Export Orders（プラグイン Advanced Order Export、商品ごとに1行）"
has:
  number: Order Number
  status: Order Status
  position: "Item #"
  price: Item Cost
  line_value: Order Line (w/o tax)
may_have:
  ordered_at: Order Date
  customer_id: [Customer User ID, Customer ID, User ID]
  email: Email (Billing)
  phone: Phone (Billing)
  sku: SKU
  name: [Name, Item Name]
  quantity: Quantity
  line_tax: Order Line Tax
  line_refunded: Order Line Total Refunded
  coupon: [Coupon Code, Coupons Used]
  payment_method: [Payment Method Title, Payment Method]
  currency: [Order Currency, Currency]
  shipping: Order Shipping Amount
  tax: [Order Total Tax Amount, Order Tax Amount]
  total: Order Total Amount
control: {feed: orders, column: total}
notes: >
  One row per article; the order's columns repeat. Item Cost is without tax and before discounts, the line without tax is
  after them. Times are those of the site, without zone. The shop may rename and drop columns.
*/

-- document
select _row, plain(number) as document from rows

-- control
select _row, amount(total) as amount
from rows
qualify row_number() over (partition by _file, plain(number) order by _row) = 1

-- view: items
select
    *,
    plain(number) as id,
    row_number() over (partition by plain(number) order by _row) as line_no,
    coalesce(amount(quantity), 1) as pieces,
    amount(line_value) as value,
    case regexp_replace(lower(status), '^wc-|[ _]', '', 'g')
        when 'completed' then 'shipped' when 'processing' then 'paid' when 'on-hold' then 'pending'
        when 'onhold' then 'pending' when 'pending' then 'pending' when 'pendingpayment' then 'pending'
        when 'cancelled' then 'cancelled' when 'failed' then 'cancelled' when 'refunded' then 'refunded'
        else lower(status)
    end as state
from rows

-- view: sums
select
    id,
    cast(sum(value) as decimal(18, 4)) as goods,
    cast(coalesce(sum(
        case
            when value > 0 and value + coalesce(amount(line_tax), 0) > 0
                then divided(abs(amount(line_refunded)) * value, value + coalesce(amount(line_tax), 0))
        end
    ), 0) as decimal(18, 4)) as refunded
from items
group by id

-- feed: orders
select
    _row,
    prefixed(items.id) as order_id,
    prefixed(nullif(plain(customer_id), '0')) as customer_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    state as status,
    'online' as channel,
    upper(plain(currency)) as currency,
    sums.goods as subtotal,
    0 as discount,
    amount(shipping) as shipping,
    amount(tax) as tax,
    amount(total) as total,
    plain(coupon) as coupon_code,
    plain(payment_method) as payment_method
from items
inner join sums on items.id = sums.id
where line_no = 1

-- feed: order_items
select
    _row,
    prefixed(id) as order_id,
    line_no,
    coalesce(plain(sku), prefixed(name)) as product_id,
    pieces as quantity,
    amount(price) as unit_price,
    nullif(cast(pieces * amount(price) - value as decimal(18, 4)), 0) as discount
from items

-- feed: refunds
select
    _row,
    prefixed(items.id) || ':undated' as refund_id,
    prefixed(items.id) as order_id,
    moment(ordered_at) as refunded_at,
    least(sums.refunded, sums.goods) as amount,
    'date unknown' as reason
from items
inner join sums on items.id = sums.id
where line_no = 1 and sums.refunded > 0 and state not in ('refunded', 'cancelled')
