{#- Whole months from one date's month to another's, an integer. -#}
{% macro months_between(from_date, to_date) -%}
    cast(
        12 * (year({{ to_date }}) - year({{ from_date }}))
        + month({{ to_date }}) - month({{ from_date }})
        as integer
    )
{%- endmacro %}
