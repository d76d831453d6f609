-- All thresholds are tried on the same orders, and more orders lie below a higher one.
{{ config(meta={'dagster': {'ref': {'name': 'basket_thresholds'}}}) }}

select threshold
from {{ ref('basket_thresholds') }}
qualify
    orders != min(orders) over ()
    or orders_below < lag(orders_below, 1, 0) over (order by threshold)
