/*
system: shopify
name: {en: Shopify orders, ja: Shopify 注文}
where: {en: "Orders > Export > Plain CSV file", ja: "注文管理 > エクスポート > CSV ファイル"}
has:
  name: Name
  financial_status: Financial Status
  line_name: Lineitem name
  line_price: Lineitem price
  created_at: Created at
  subtotal: Subtotal
  total: Total
may_have:
  id: Id
  email: Email
  phone: Phone
  billing_phone: Billing Phone
  fulfillment_status: Fulfillment Status
  fulfilled_at: Fulfilled at
  cancelled_at: [Cancelled at, Canceled at]
  currency: Currency
  shipping: Shipping
  taxes: Taxes
  refunded: Refunded Amount
  discount_code: Discount Code
  payment_method: [Payment Method, Payment Methods]
  source: Source
  location: Location
  line_quantity: Lineitem quantity
  line_sku: Lineitem sku
  line_taxable: Lineitem taxable
  line_discount: Lineitem discount
  tax_1: Tax 1 Name
  tax_2: Tax 2 Name
  tax_3: Tax 3 Name
  tax_4: Tax 4 Name
  tax_5: Tax 5 Name
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
reads: [refunds]
control: {feed: orders, column: total}
notes: >
  One row per line; the order's own columns stand in its first row only. An order begins where an Id stands: two
  orders may share one Name. A later export of an order replaces all its lines. Times have the offset that the shop
  had then. Subtotal is after all discounts; with tax included, what tax shipping bears follows from the rates named.
  Cannot be known: days of refunds (the payments file has them), the customer's number, which line was refunded.
*/

-- document
select
    _row,
    last_value(coalesce(plain(id), case when not has_ids then plain(name) end) ignore nulls)
        over (partition by _file order by _row) as document
from (select *, count(plain(id)) over (partition by _file) > 0 as has_ids from rows) as numbered

-- set aside
select _row, 'stands above the first order: it belongs to none' as reason
from rows
where _row < (select min(_row) from rows where coalesce(plain(id), plain(name)) is not null)

-- control
select _row, amount(total) as amount from rows where coalesce(plain(total), '') <> ''

-- view: lines
select
    rows.*,
    documents.document as order_number,
    row_number() over (partition by documents.document order by rows._row) as line_no,
    amount(rows.line_price) as price,
    coalesce(amount(rows.line_quantity), 1) as quantity,
    coalesce(amount(rows.line_discount), 0) as own_discount,
    coalesce(truth(rows.line_taxable), true) as is_taxable
from rows
inner join documents using (_row)

-- view: merchandise
select
    order_number,
    cast(sum(price * quantity - own_discount) as decimal(18, 4)) as before_order_discount,
    cast(coalesce(sum(price * quantity - own_discount) filter (where not is_taxable), 0) as decimal(18, 4)) as untaxed,
    count(*) as lines
from lines
where price is not null
group by order_number

-- view: taxed
select
    lines._row,
    order_number,
    amount(subtotal) as merchandise,
    coalesce(amount(shipping), 0) as shipping,
    coalesce(amount(taxes), 0) as tax,
    amount(total) as total,
    merchandise.before_order_discount,
    merchandise.untaxed,
    merchandise.lines,
    list_filter(
        [try_cast(regexp_extract(coalesce(name, ''), '(\d+(?:\.\d+)?) ?%', 1) as decimal(9, 4))
            for name in [tax_1, tax_2, tax_3, tax_4, tax_5]],
        lambda rate: rate is not null
    ) as rates,
    coalesce(amount(taxes), 0) > 0
    and abs(amount(subtotal) + coalesce(amount(shipping), 0) - amount(total))
    < abs(amount(subtotal) + coalesce(amount(shipping), 0) + coalesce(amount(taxes), 0) - amount(total))
        as is_tax_included
from lines
left join merchandise using (order_number)
where line_no = 1

-- view: priced
select
    *,
    merchandise - merchandise_tax as subtotal,
    shipping - shipping_tax as shipping_without_tax,
    greatest(before_order_discount - merchandise, 0) as order_discount,
    case when merchandise - untaxed > 0 then merchandise - untaxed else merchandise end as taxable
from (
    select
        *,
        case
            when not is_tax_included then 0
            when len(rates) = 1
                and abs(tax - (merchandise - without_tax(merchandise, rates[1]))) <= 0.02 * (lines + 1) then tax
            when len(rates) > 0
                then tax - (shipping - without_tax(shipping, list_max(rates)))
            else divided(tax * merchandise, merchandise + shipping)
        end as merchandise_tax,
        case when is_tax_included then tax - merchandise_tax else 0 end as shipping_tax
    from taxed
) as shared

-- view: placed
select
    lines.*,
    priced.* exclude (_row, order_number, total, shipping, subtotal, lines),
    priced.subtotal as subtotal_without_tax,
    priced.shipping as shipping_with_tax,
    priced.total as paid,
    case
        when plain(cancelled_at) is not null or lower(financial_status) = 'voided' then 'cancelled'
        when lower(financial_status) = 'refunded' then 'refunded'
        when lower(fulfillment_status) in ('fulfilled', 'partial') then 'shipped'
        when lower(financial_status) in ('paid', 'partially_refunded') then 'paid'
        else 'pending'
    end as status
from lines
inner join priced using (order_number)
where line_no = 1

-- feed: orders
select
    _row,
    prefixed(order_number) as order_id,
    plain(name) as order_name,
    plain(email) as email,
    coalesce(plain(phone), plain(billing_phone)) as phone,
    moment(created_at) as ordered_at,
    status,
    case when lower(source) = 'pos' then 'store' else 'online' end as channel,
    case when lower(source) = 'pos' then plain(location) end as store_id,
    upper(plain(currency)) as currency,
    subtotal_without_tax as subtotal,
    divided(order_discount * (taxable - merchandise_tax), taxable) as discount,
    shipping_without_tax as shipping,
    tax,
    paid as total,
    plain(discount_code) as coupon_code,
    plain(payment_method) as payment_method,
    case when payment_method ilike '%bogus%' then true end as is_test
from placed

-- feed: order_items
select
    lines._row,
    prefixed(order_number) as order_id,
    line_no,
    coalesce(plain(line_sku), prefixed(line_name)) as product_id,
    quantity,
    case when is_taxable then divided(price * (taxable - merchandise_tax), taxable) else price end as unit_price,
    case when own_discount = 0 then null
        when is_taxable then divided(own_discount * (taxable - merchandise_tax), taxable)
        else own_discount end as discount
from lines
inner join priced using (order_number)
where price is not null

-- feed: refunds
select
    _row,
    prefixed(order_number) || ':undated' as refund_id,
    prefixed(order_number) as order_id,
    moment(created_at) as refunded_at,
    least(divided(amount(refunded) * subtotal_without_tax, paid - shipping_with_tax), subtotal_without_tax) as amount,
    'date unknown' as reason
from placed
where amount(refunded) > 0
    and status not in ('cancelled', 'refunded')
    and not exists (
        select 1
        from delivered_refunds
        where delivered_refunds.order_id in (prefixed(placed.order_number), prefixed(placed.name))
    )

-- feed: shipments
select
    _row,
    prefixed(order_number) as shipment_id,
    prefixed(order_number) as order_id,
    moment(fulfilled_at) as shipped_at,
    'fulfilled' as status
from placed
where plain(fulfilled_at) is not null
