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
    select count(*) as customers_with_order
    from {{ ref('int_purchase_summary') }}
),

predicted as (
    select count(p_alive) as customers_predicted
    from {{ ref('int_predictions') }}
),

fit as (
    select
        model,
        parameters,
        not_predicted_because,
        fitted_at
    from {{ source('resolved', 'prediction_fit') }}
),

about as (
    select
        '{{ var("time_zone") }}' as time_zone,
        '{{ var("currency") }}' as currency,
        '{{ var("version", "unknown") }}' as version,
        case
            when predicted.customers_predicted = 0
                then 'p_alive, expected_orders_365d, clv_365d, clv_total, expected_next_order_date'
        end as not_predicted,
        fit.not_predicted_because,
        fit.model as prediction_model,
        fit.parameters as prediction_parameters,
        delivered.deliveries,
        delivered.rows_delivered,
        delivered.rows_taken,
        delivered.rows_quarantined,
        buyers.customers_with_order,
        predicted.customers_predicted,
        as_of.as_of,
        delivered.last_delivery,
        fit.fitted_at as prediction_fitted_at,
        timestamp '{{ shop_now.strftime("%Y-%m-%d %H:%M:%S") }}' as built_at
    from as_of
    cross join delivered
    cross join buyers
    cross join predicted
    cross join fit
)

select * from about
