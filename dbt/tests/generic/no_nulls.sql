{#- Every listed column of a model is filled in every row. One test for all columns of a model: a test each would cost
    the daily run as much time as the models. -#}
{% test no_nulls(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ adapter.quote(column) }} is null{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}
