-- One row per KPI, day and dimension value: what became of the carts started on the day.
{%- set dimensions = ['payment_method', 'abandoned_step'] %}
with

carts as (
    select
        coalesce(payment_method, '(none)') as payment_method,
        coalesce(abandoned_step, '(none)') as abandoned_step,
        has_order,
        is_abandoned,
        cast(created_at as date) as cart_date
    from {{ ref('int_cart_outcomes') }}
    where has_order or is_abandoned
),

cart_days as (
    select
        cart_date as date,
        {{ dimension(dimensions) }},
        count(*) as decided,
        count(*) filter (where has_order) as completed,
        count(*) filter (where is_abandoned) as abandoned
    from carts
    group by {{ each_dimension('cart_date', dimensions) }}
),

kpis_of_carts as (
    {{ kpis_of_days('cart_days', [
        ('cart_abandonment_rate', 'abandoned', 'decided'),
        ('checkout_completion_rate', 'completed', 'decided'),
    ]) }}
)

select * from kpis_of_carts
