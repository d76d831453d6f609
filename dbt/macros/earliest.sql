{#- The text of a group's earliest row; of several at that time, the smallest. Written times sort as
    times do, and a blank sorts before the point of a fraction, so one text orders by both. -#}
{% macro earliest(value, time) -%}
    min_by({{ value }}, cast({{ time }} as {{ dbt.type_string() }}) || ' ' || {{ value }})
{%- endmacro %}
