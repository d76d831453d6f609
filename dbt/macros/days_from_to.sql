{#- All days from one date to another, both included, as a list of dates (engines differ, as in portable.sql). -#}
{% macro days_from_to(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_from_to', 'lifecycle')(first_date, last_date)) }}
{%- endmacro %}
{% macro default__days_from_to(first_date, last_date) -%}
    sequence({{ first_date }}, {{ last_date }}, interval 1 day)
{%- endmacro %}
{% macro duckdb__days_from_to(first_date, last_date) -%}
    cast(generate_series({{ first_date }}, {{ last_date }}, interval 1 day) as date[])
{%- endmacro %}
