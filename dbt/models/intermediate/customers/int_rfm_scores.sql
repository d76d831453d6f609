-- One row per person with a valid order: recency, frequency and monetary scores at as_of.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

customer_orders as (
    select
        customer_id,
        orders,
        net_revenue,
        last_order_date
    from {{ ref('int_customer_orders') }}
),

segments as (
    select *
    from {{ ref('rfm_segments') }}
),

-- rank() - 1 is the number of persons with a strictly worse value; equal values share it.
ranked as (
    select
        customer_orders.customer_id,
        {{ days_between('customer_orders.last_order_date', 'as_of.as_of') }} as recency_days,
        cast(count(*) over () as double) as customers,
        rank() over (order by customer_orders.last_order_date) - 1 as worse_recency,
        rank() over (order by customer_orders.orders) - 1 as worse_frequency,
        rank() over (order by customer_orders.net_revenue) - 1 as worse_monetary
    from customer_orders
    cross join as_of
),

-- The quotient is exact where it is whole, so no score hangs on the last bit of a double.
scored as (
    select
        customer_id,
        recency_days,
        cast(1 + floor(5.0 * worse_recency / customers) as integer) as rfm_recency,
        cast(1 + floor(5.0 * worse_frequency / customers) as integer) as rfm_frequency,
        cast(1 + floor(5.0 * worse_monetary / customers) as integer) as rfm_monetary
    from ranked
),

int_rfm_scores as (
    select
        scored.customer_id,
        segments.rfm_segment,
        scored.recency_days,
        scored.rfm_recency,
        scored.rfm_frequency,
        scored.rfm_monetary
    from scored
    inner join segments
        on
            scored.rfm_recency between segments.recency_from and segments.recency_to
            and scored.rfm_frequency between segments.frequency_from and segments.frequency_to
            and scored.rfm_monetary between segments.monetary_from and segments.monetary_to
)

select * from int_rfm_scores
