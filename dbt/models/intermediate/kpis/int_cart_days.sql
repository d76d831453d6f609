-- One row per day and dimension value: the carts started on the day, by what became of them.
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

int_cart_days as (
    select
        cart_date as date,
        {{ dimension(dimensions) }},
        count(*) as decided,
        count(*) filter (where has_order) as completed,
        count(*) filter (where is_abandoned) as abandoned
    from carts
    group by {{ each_dimension('cart_date', dimensions) }}
)

select * from int_cart_days
