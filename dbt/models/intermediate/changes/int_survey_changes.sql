-- One row per survey answer and change of the answer itself or of whose it is.
{{ config(materialized='view') }}
with

-- An answer without an identifier of its own is that of the order's person.
int_survey_changes as (
    {{ changes_of_rows('surveys', 'response_id', ['shop_customer_id', 'email']) }}
    union all
    {{ changes_through_orders('surveys', 'response_id') }}
)

select * from int_survey_changes
