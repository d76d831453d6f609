-- One row per person with a valid order: what is expected of the person, null when nothing is predicted.
with

purchase_summary as (
    select customer_id
    from {{ ref('int_purchase_summary') }}
),

predictions as (
    select
        customer_id,
        p_alive,
        expected_orders_365d,
        clv_365d,
        expected_next_order_date
    from {{ source('resolved', 'predictions') }}
),

int_predictions as (
    select
        purchase_summary.customer_id,
        predictions.p_alive,
        predictions.expected_orders_365d,
        cast(predictions.clv_365d as decimal(38, 4)) as clv_365d,
        predictions.expected_next_order_date
    from purchase_summary
    left join predictions
        on purchase_summary.customer_id = predictions.customer_id
)

select * from int_predictions
