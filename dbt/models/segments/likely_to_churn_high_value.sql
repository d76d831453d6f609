-- One row per person who is among the best buyers and has probably stopped buying: from as_of on.
with

as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

predictions as (
    select
        customer_id,
        p_alive
    from {{ ref('int_predictions') }}
),

high_value as (
    select
        customer_id,
        valid_from,
        valid_to
    from {{ ref('high_value') }}
),

likely_to_churn_high_value as (
    select
        predictions.customer_id,
        as_of.as_of as valid_from,
        high_value.valid_to
    from predictions
    cross join as_of
    inner join high_value
        on
            predictions.customer_id = high_value.customer_id
            and as_of.as_of >= high_value.valid_from
            and (as_of.as_of < high_value.valid_to or high_value.valid_to is null)
    where predictions.p_alive < {{ var('likely_to_churn_below') }}
)

select * from likely_to_churn_high_value
