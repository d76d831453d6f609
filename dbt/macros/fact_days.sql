{#- The rows of a table by business day: how many there are, a checksum of their values, and one of their persons. Two
    checksums are equal when the rows are, in whatever order.

    fact: What one row is, in one word.
    columns: What KPIs are counted from, the key first; the person not among them. -#}
{% macro fact_days(fact, relation, day, columns) -%}
    select
        '{{ fact }}' as fact,
        cast({{ day }} as date) as date,
        count(*) as facts,
        {{ checksum(columns) }} as content,
        {{ checksum([columns[0], 'customer_id']) }} as persons
    from {{ relation }}
    where {{ day }} is not null
    group by cast({{ day }} as date)
{%- endmacro %}
