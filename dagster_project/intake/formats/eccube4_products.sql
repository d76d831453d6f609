/*
system: eccube
name: {en: EC-CUBE 4 products, ja: EC-CUBE 4 商品}
where: {en: "Products > CSV download", ja: "商品管理 > 商品一覧 > CSVダウンロード"}
has:
  product_id: 商品ID
  variant_id: 商品規格ID
  price: 販売価格
  status: [公開ステータス(名称), 公開ステータス(ID), 公開ステータス]
may_have:
  name: 商品名
  sku: 商品コード
  option_1: [規格分類1(名称), 規格分類名1]
  option_2: [規格分類2(名称), 規格分類名2]
  category: 商品カテゴリ(名称)
has_not: [注文ID]
notes: Categories are joined by commas; the first is taken. Prices are without tax; costs are not in the file.
*/

-- feed: products
select
    min(_row) as _row,
    coalesce(plain(sku), prefixed(variant_id)) as product_id,
    max_by(concat_ws(' - ', plain(name), nullif(concat_ws(' / ', plain(option_1), plain(option_2)), '')), _row) as name,
    max_by(plain(string_split(category, ',')[1]), _row) as category
from rows
group by all
