-- One row per KPI, day and dimension value: what the refunds given on the day take from sales of any day.
{%- set dimensions = ['channel', 'source', 'campaign', 'platform', 'stage', 'cohort'] %}
with

refunds as (
    select
        order_id,
        amount,
        cast(refunded_at as date) as refund_date
    from {{ ref('int_refunds') }}
),

orders as (
    select
        order_id,
        gross_profit is not null as has_profit
    from {{ ref('orders') }}
    where is_valid
),

order_dimensions as (
    select *
    from {{ ref('int_order_dimensions') }}
),

-- A refund is counted by the dimensions of its order.
refund_days as (
    select
        refunds.refund_date as date,
        {{ dimension(dimensions) }},
        sum(refunds.amount) as refunds,
        coalesce(sum(refunds.amount) filter (where orders.has_profit), 0) as refunded_profit
    from refunds
    inner join orders
        on refunds.order_id = orders.order_id
    inner join order_dimensions
        on refunds.order_id = order_dimensions.order_id
    group by {{ each_dimension('refunds.refund_date', dimensions) }}
    having grouping(cohort) = 1 or cohort != '(none)'
),

kpis_of_refunds as (
    {{ kpis_of_days('refund_days', [
        ('refunds', 'refunds'),
        ('net_revenue', '-refunds'),
        ('gross_profit', '-refunded_profit', '0'),
        ('mer', '-refunds', '0', ['all']),
    ]) }}
)

select * from kpis_of_refunds
