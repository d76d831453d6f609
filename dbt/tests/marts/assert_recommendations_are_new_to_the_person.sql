-- Nobody is recommended what a valid order of the person holds, and ranks have no gaps.
{{ config(meta={'dagster': {'ref': {'name': 'recommendations'}}}) }}

select
    recommendations.customer_id,
    'owned' as reason
from {{ ref('recommendations') }} as recommendations
inner join {{ ref('orders') }} as orders
    on recommendations.customer_id = orders.customer_id
inner join {{ ref('order_items') }} as order_items
    on
        orders.order_id = order_items.order_id
        and recommendations.product_id = order_items.product_id
where orders.is_valid
union all
select
    customer_id,
    'gap' as reason
from {{ ref('recommendations') }}
group by customer_id
having max(rank) != count(*) or max(rank) > {{ var('recommendations_per_person') }}
