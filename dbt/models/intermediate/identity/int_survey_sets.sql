-- One row per set of identifiers that survey answers carry together, with the first of them that shows it.
{%- set identifiers = ['shop_customer_id', 'email'] %}
{{ sets_by_evidence('surveys', 'response_id', identifiers) }}
with

int_survey_sets as (
    {{ identifier_sets('surveys', 'response_id', 'responded_at', identifiers) }}
)

select * from int_survey_sets
