-- One row per person with a valid order: what is expected of the person.
with

-- No model of buying is fitted yet, so every column is null. A fitted one will be read here and
-- nowhere else, as the table that is computed from int_purchase_summary. The mart `about` says what
-- is missing and why.
purchase_summary as (
    select customer_id
    from {{ ref('int_purchase_summary') }}
),

int_predictions as (
    select
        customer_id,
        cast(null as double) as p_alive,
        cast(null as double) as expected_orders_365d,
        cast(null as decimal(18, 4)) as clv_365d
    from purchase_summary
)

select * from int_predictions
