-- What must be so between KPIs: net revenue is gross sales less discounts and refunds; new and
-- returning customers are all buyers; what did not bounce engaged; decided carts are abandoned or
-- completed; who is lost was active.
{{ config(meta={'dagster': {'ref': {'name': 'kpis'}}}) }}

with

kpis as (
    select
        period,
        period_start,
        {%- for kpi_id in [
            'gross_sales', 'discounts', 'refunds', 'net_revenue', 'new_customers',
            'returning_customer_rate',
            'bounce_rate', 'engaged_rate', 'cart_abandonment_rate', 'checkout_completion_rate',
            'retention_rate', 'churn_rate', 'orders', 'aov', 'visits', 'visitors'
        ] %}
        max(numerator) filter (where kpi_id = '{{ kpi_id }}') as {{ kpi_id }},
        max(denominator) filter (where kpi_id = '{{ kpi_id }}') as {{ kpi_id }}_of
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('kpis') }}
    where dimension = 'all'
    group by period, period_start
)

select *
from kpis
where
    abs(gross_sales - discounts - refunds - net_revenue) > 0.001
    or new_customers + returning_customer_rate != returning_customer_rate_of
    or bounce_rate + engaged_rate != bounce_rate_of
    or cart_abandonment_rate + checkout_completion_rate != cart_abandonment_rate_of
    or retention_rate_of != churn_rate_of
    or retention_rate_of - retention_rate > churn_rate
    or aov_of != orders
    or abs(gross_sales - discounts - aov) > 0.001
    or visitors > visits
