{#- How a row finds its person. A row's person is that of its first usable identifier, the strongest
    first; an ignored identifier and a shared device are not in int_identifiers, so they are passed over.

        select
            reviews.review_id,
            {{ person_of(identifiers_of('reviews')) }} as customer_id
        from reviews
        {{ person_joins('reviews', identifiers_of('reviews')) }}

    A column is named after the kind of its identifier, or ends with it: `referee_email` is an `email`.
    Each joined row of int_identifiers is called `person_by_<column>`. At most one row matches, so no row
    is multiplied. -#}

{#- The kinds of identifiers, the strongest first. -#}
{% macro identifier_kinds() -%}
    {{ return(['shop_customer_id', 'email', 'phone', 'line_user_id', 'device_id']) }}
{%- endmacro %}

{#- The strength of a kind as a number, 1 for the strongest; null for what is no kind. -#}
{% macro identifier_strength(kind) -%}
    case {{ kind }}
    {%- for name in identifier_kinds() %} when '{{ name }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}

{#- The columns in the order of the strength of their kinds, as pairs of kind and column. -#}
{% macro identifier_columns(columns) -%}
    {%- set pairs = [] -%}
    {%- for kind in identifier_kinds() -%}
        {%- for column in columns if column == kind or column.endswith('_' ~ kind) -%}
            {%- do pairs.append((kind, column)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if pairs | length != columns | length -%}
        {{ exceptions.raise_compiler_error('no identifiers: some of ' ~ columns) }}
    {%- endif -%}
    {{ return(pairs) }}
{%- endmacro %}

{#- The identifiers that the rows of a feed carry: the columns of its contract that are named after a kind, as its
    staging model calls them, where the shop's customer_id is shop_customer_id. -#}
{% macro identifiers_of(feed) -%}
    {%- set columns = [] -%}
    {%- for column in contract(feed).columns.values() -%}
        {%- set name = 'shop_customer_id' if column.name == 'customer_id' else column.name -%}
        {%- if name in identifier_kinds() -%}
            {%- do columns.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{#- Joins the identifiers of a relation's rows; each column is named after its kind or ends with it. -#}
{% macro person_joins(relation, columns) -%}
    {%- do ref('int_identifiers') -%}
    {%- for kind, column in identifier_columns(columns) %}
    left join {{ ref('int_identifiers') }} as person_by_{{ column }}
        on person_by_{{ column }}.identifier_kind = '{{ kind }}'
        and person_by_{{ column }}.identifier_value = {{ relation }}.{{ column }}
    {%- endfor %}
{%- endmacro %}

{#- The person of a row whose identifiers person_joins has joined; null when none is usable. -#}
{% macro person_of(columns) -%}
    coalesce(
    {%- for kind, column in identifier_columns(columns) -%}
        person_by_{{ column }}.customer_id{{ ', ' if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- Whether an identifier is the pseudonym of an erased one, by which no person can be reached
    (dagster_project/ingest/identifiers.py). -#}
{% macro is_pseudonym(value) -%}
    ({{ value }} like 'erased-%' and length({{ value }}) = 39)
{%- endmacro %}
