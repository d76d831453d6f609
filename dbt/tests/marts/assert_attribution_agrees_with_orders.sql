-- Who earns an order by the model last_non_direct is who the order names as its source.
{{ config(meta={'dagster': {'ref': {'name': 'attribution'}}}) }}

select orders.order_id
from {{ ref('orders') }} as orders
inner join {{ ref('attribution') }} as attribution on orders.order_id = attribution.order_id
where
    attribution.model = 'last_non_direct'
    and attribution.credit = 1
    and attribution.source is distinct from orders.source
