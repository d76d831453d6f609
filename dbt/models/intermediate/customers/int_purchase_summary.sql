-- One row per person with a valid order: what models of buying need, in days (Fader, Hardie, Lee).
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

purchase_days as (
    select
        customer_id,
        purchase_number,
        net_revenue,
        order_date
    from {{ ref('int_purchase_days') }}
),

int_purchase_summary as (
    select
        purchase_days.customer_id,
        count(*) - 1 as frequency,
        {{ days_between('min(purchase_days.order_date)', 'max(purchase_days.order_date)') }}
            as recency,
        {{ days_between('min(purchase_days.order_date)', 'min(as_of.as_of)') }} as t,
        -- Divided once, after an exact sum, so that it does not depend on the order of the rows.
        cast(
            sum(purchase_days.net_revenue) filter (where purchase_days.purchase_number > 1) as double
        ) / nullif(count(*) - 1, 0) as monetary,
        min(purchase_days.order_date) as first_order_date,
        max(purchase_days.order_date) as last_order_date
    from purchase_days
    cross join as_of
    group by purchase_days.customer_id
)

select * from int_purchase_summary
