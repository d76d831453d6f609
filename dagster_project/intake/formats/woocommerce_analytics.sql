/*
system: woocommerce
name: {en: WooCommerce Analytics orders, ja: WooCommerce アナリティクス（注文）}
has:
  order: "Order #"
  revenue: N. Revenue (formatted)
  customer_type: Customer type
  products: Product(s)
refused: >-
  WooCommerce Analytics has no e-mail, no total, and several articles in one cell: use the export of a plugin with one
  row per item (Customer/Order CSV Export, Advanced Order Export)
*/
