-- One row per survey answer.
with

surveys as (
    select
        response_id,
        shop_customer_id,
        email,
        order_id,
        survey,
        reason_code,
        score,
        comment is not null as has_comment,
        responded_at
    from {{ ref('stg_surveys') }}
),

orders as (
    select
        order_id,
        customer_id
    from {{ ref('int_orders_placed') }}
),

survey_responses as (
    select
        surveys.response_id,
        coalesce(
            {{ person_of(['shop_customer_id', 'email']) }},
            orders.customer_id
        ) as customer_id,
        surveys.order_id,
        surveys.survey,
        surveys.reason_code,
        surveys.score,
        surveys.has_comment,
        surveys.responded_at
    from surveys
    {{ person_joins('surveys', ['shop_customer_id', 'email']) }}
    left join orders on surveys.order_id = orders.order_id
)

select * from survey_responses
