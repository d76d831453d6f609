-- What goes with something goes the other way as well, in as many orders and with the same lift.
{{ config(meta={'dagster': {'ref': {'name': 'product_affinity'}}}) }}

select
    affinity.product_id,
    affinity.related_product_id
from {{ ref('product_affinity') }} as affinity
left join {{ ref('product_affinity') }} as reverse
    on
        affinity.product_id = reverse.related_product_id
        and affinity.related_product_id = reverse.product_id
where
    reverse.orders is distinct from affinity.orders
    or reverse.orders_with_product is distinct from affinity.orders_with_related_product
    or abs(reverse.lift - affinity.lift) > 1e-9 * affinity.lift
