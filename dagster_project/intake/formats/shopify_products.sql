/*
system: shopify
name: {en: Shopify products, ja: Shopify 商品管理}
where: {en: "Products > Export > Plain CSV file", ja: "商品管理 > エクスポート > CSV ファイル"}
has:
  handle: Handle
  title: Title
  price: Variant Price
  option_1: Option1 Value
may_have:
  option_2: Option2 Value
  option_3: Option3 Value
  sku: Variant SKU
  vendor: Vendor
  custom_type: Custom Product Type
  type: Type
  standard_type: Standardized Product Type
  product_category: Product Category
  gift_card: Gift Card
  cost: Cost per item
notes: >
  One row per variant and further rows with an image only, which are no variant. Rows below a Handle's first take its
  title, vendor and category. An article without SKU is called as on the order's line: title - option / option.
*/

-- set aside
select _row, 'holds an image only' as reason from rows where plain(price) is null

-- view: variants
select
    rows.*,
    first_value(plain(title) ignore nulls) over of_handle as product,
    first_value(plain(vendor) ignore nulls) over of_handle as brand,
    first_value(coalesce(
        plain(custom_type), plain(type), plain(standard_type), plain(product_category)
    ) ignore nulls) over of_handle as category,
    first_value(plain(gift_card) ignore nulls) over of_handle as is_gift_card,
    nullif(concat_ws(' / ', plain(option_1), plain(option_2), plain(option_3)), 'Default Title') as options
from rows
window of_handle as (partition by _file, handle order by _row rows between unbounded preceding and unbounded following)

-- view: named
select *, concat_ws(' - ', product, options) as name from variants

-- feed: products
select
    min(_row) as _row,
    coalesce(plain(sku), prefixed(name)) as product_id,
    max_by(name, _row) as name,
    max_by(category, _row) as category,
    max_by(brand, _row) as brand,
    max_by(case when truth(is_gift_card) then 'gift_card' else 'goods' end, _row) as kind,
    max_by(amount(cost), _row) as unit_cost
from named
group by product_id
