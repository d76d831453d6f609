{#- The expression, or each of a list, holds in every row; unknown is not true. A list is one test, which shows the first
    of its expressions that a row breaks. -#}
{% test expression_is_true(model, expression) %}
{% set expressions = [expression] if expression is string else expression %}
select
    *,
    case
        {% for each in expressions %}
        when ({{ each }}) is not true then '{{ each | replace("'", "''") }}'
        {% endfor %}
    end as broken
from {{ model }}
where {% for each in expressions %}({{ each }}) is not true{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
