-- One row: what this warehouse is made of, and what it does not say.
{%- set shop_now = run_started_at.astimezone(modules.pytz.timezone(var('time_zone'))) %}
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

delivered as (
    select
        count(*) as deliveries,
        cast(coalesce(sum(delivered), 0) as bigint) as rows_delivered,
        cast(coalesce(sum(taken), 0) as bigint) as rows_taken,
        cast(coalesce(sum(quarantined), 0) as bigint) as rows_quarantined,
        max(delivery) as last_delivery
    from {{ ref('stg_deliveries') }}
),

buyers as (
    select
        count(*) as customers_with_order,
        min(first_order_date) as first_order_date
    from {{ ref('int_purchase_summary') }}
),

predicted as (
    select count(p_alive) as customers_predicted
    from {{ ref('int_predictions') }}
),

about as (
    select
        '{{ var("time_zone") }}' as time_zone,
        '{{ var("currency") }}' as currency,
        '{{ var("version", "unknown") }}' as version,
        case
            when predicted.customers_predicted = 0
                then 'p_alive, expected_orders_365d, clv_365d, clv_total'
        end as not_predicted,
        case
            when predicted.customers_predicted > 0 then null
            when buyers.customers_with_order < {{ var('predict_min_customers') }}
                then 'fewer than {{ var("predict_min_customers") }} customers with an order'
            when
                {{ days_between('buyers.first_order_date', 'as_of.as_of') }}
                < {{ var('predict_min_days') }}
                then 'fewer than {{ var("predict_min_days") }} days since the first order'
            else 'no model of buying is fitted yet'
        end as not_predicted_because,
        delivered.deliveries,
        delivered.rows_delivered,
        delivered.rows_taken,
        delivered.rows_quarantined,
        buyers.customers_with_order,
        predicted.customers_predicted,
        as_of.as_of,
        delivered.last_delivery,
        timestamp '{{ shop_now.strftime("%Y-%m-%d %H:%M:%S") }}' as built_at
    from as_of
    cross join delivered
    cross join buyers
    cross join predicted
)

select * from about
