-- One row per day and dimension value: pieces of goods in the valid orders that have lines.
with

kpi_items_per_order as (
    select
        'day' as period,
        date as period_start,
        dimension,
        dimension_value,
        pieces as numerator,
        orders_with_lines as denominator,
        squared_pieces as sum_of_squares
    from {{ ref('int_order_days') }}
)

select * from kpi_items_per_order
