/*
system: base
name: {en: BASE orders, ja: BASE 注文データ}
where: {en: "Orders > Download CSV", ja: "注文管理 > CSVダウンロード"}
has:
  id: 注文ID
  ordered_at: 注文日時
  last_name: 氏(請求先)
  status: 発送状況
  row_total: 合計金額
  variant_id: 種類ID
may_have:
  email: メールアドレス(請求先)
  phone: 電話番号(請求先)
  product_name: 商品名
  variation: バリエーション
  price: 価格
  tax_rate: 税率
  quantity: 数量
  shipping: 送料
  payment_method: 支払い方法
  fee: 代引き手数料
  product_id: 商品ID
  sku: 商品コード
  variant_sku: 種類コード
  adjustment: 調整金額
settings: {tax_rate: 10, reduced_tax_rate: 8, reduced_products: []}
control: {feed: orders, column: total}
notes: >
  One row per item, and one per option of it (商品オプション, without an article), which belongs to the item above.
  Prices are with tax by the row's rate. Only settled orders are exported. 調整金額 is a discount when negative.
  Cannot be known: customer's number, refunds, day of shipping, share of coupons.
*/

-- document
select _row, plain(id) as document from rows

-- control
select
    _row,
    coalesce(amount(row_total), 0) + case
        when row_number() over (partition by _file, plain(id) order by _row) = 1
            then coalesce(amount(shipping), 0) + coalesce(amount(fee), 0) + coalesce(amount(adjustment), 0)
        else 0
    end as amount
from rows

-- view: parts
select
    *,
    coalesce(amount(regexp_replace(tax_rate, '[^0-9.]', '', 'g')), tax_rate_of(coalesce(variant_sku, sku))) as rate,
    plain(product_id) is not null or plain(variant_id) is not null as is_item,
    count(*) filter (where plain(product_id) is not null or plain(variant_id) is not null)
        over (partition by plain(id) order by _row) as line_no
from rows

-- view: items
select
    min(_row) as _row,
    plain(id) as id,
    line_no,
    min_by(coalesce(plain(variant_sku), plain(sku), prefixed(variant_id), prefixed(product_id), prefixed(product_name)), _row)
        as product_id,
    min_by(amount(quantity), _row) as quantity,
    without_tax(cast(sum(amount(price)) as decimal(18, 4)), min_by(rate, _row)) as unit_price,
    cast(sum(amount(row_total)) as decimal(18, 4)) as with_tax
from parts
group by plain(id), line_no

-- view: sums
select
    id,
    cast(sum(unit_price * quantity) as decimal(18, 4)) as goods,
    cast(sum(with_tax) as decimal(18, 4)) as goods_with_tax
from items
group by id

-- view: placed
select
    parts.*,
    sums.goods,
    sums.goods_with_tax,
    coalesce(amount(shipping), 0) as shipping_with_tax,
    without_tax(coalesce(amount(shipping), 0), setting('tax_rate')) as shipping_without_tax,
    coalesce(amount(adjustment), 0) as adjusted,
    case when amount(adjustment) < 0
        then divided(-amount(adjustment) * sums.goods, sums.goods_with_tax) else 0 end as discount
from parts
inner join sums on plain(parts.id) = sums.id
qualify row_number() over (partition by plain(parts.id) order by _row) = 1

-- feed: orders
select
    _row,
    prefixed(id) as order_id,
    plain(email) as email,
    plain(phone) as phone,
    moment(ordered_at) as ordered_at,
    case when status like '%キャンセル%' then 'cancelled' when status like '%発送済%' then 'shipped' else 'paid' end
        as status,
    'online' as channel,
    'JPY' as currency,
    goods - discount as subtotal,
    discount,
    shipping_without_tax as shipping,
    goods_with_tax + adjusted + shipping_with_tax - (goods - discount) - shipping_without_tax as tax,
    goods_with_tax + adjusted + shipping_with_tax + coalesce(amount(fee), 0) as total,
    plain(payment_method) as payment_method
from placed

-- feed: order_items
select _row, prefixed(id) as order_id, line_no, product_id, quantity, unit_price from items
