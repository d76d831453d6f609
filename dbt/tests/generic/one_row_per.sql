{#- The columns together identify a row: none of them is null, and no two rows agree in all. The further columns listed
    under `no_nulls` are filled in every row too. One test for both, as every model has a key and columns that are always
    there, and a test more costs the daily run as much time as a model. It shows the key and what is wrong. -#}
{% test one_row_per(model, columns, no_nulls=[]) %}
{% set key %}{% for column in columns %}{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %}{% endset %}
select {{ key }}, 'more than one row' as problem
from {{ model }}
group by {{ key }}
having count(*) > 1

union all

select
    {{ key }},
    case
        {% for column in columns + no_nulls %}
        when {{ adapter.quote(column) }} is null then '{{ column }} is null'
        {% endfor %}
    end as problem
from {{ model }}
where {% for column in columns + no_nulls %}{{ adapter.quote(column) }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
