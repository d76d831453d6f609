-- In every model the credits of every valid order sum to 1, and its revenue credits to its net revenue.
{{ config(meta={'dagster': {'ref': {'name': 'attribution'}}}) }}

with

credited as (
    select
        order_id,
        model,
        sum(credit) as credit,
        sum(revenue_credit) as revenue_credit
    from {{ ref('attribution') }}
    group by order_id, model
),

orders as (
    select
        orders.order_id,
        orders.net_revenue,
        models.model
    from {{ ref('orders') }} as orders
    cross join {{ ref('attribution_models') }} as models
    where orders.is_valid
)

select
    orders.order_id,
    orders.model,
    credited.credit,
    credited.revenue_credit - orders.net_revenue as missing_revenue
from orders
full join credited
    on
        orders.order_id = credited.order_id
        and orders.model = credited.model
where
    credited.revenue_credit is distinct from orders.net_revenue
    or abs(credited.credit - 1) > 1e-9
