-- One row per survey answer and change of the answer itself or of whose it is.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        change_number
    from {{ ref('int_order_changes') }}
),

surveys as (
    select
        response_id,
        order_id
    from {{ ref('stg_surveys') }}
),

-- An answer without an identifier of its own is that of the order's person.
int_survey_changes as (
    {{ changes_of_rows('surveys', 'response_id', ['shop_customer_id', 'email']) }}
    union all
    select
        surveys.response_id,
        orders.change_number
    from surveys
    inner join orders on surveys.order_id = orders.order_id
)

select * from int_survey_changes
