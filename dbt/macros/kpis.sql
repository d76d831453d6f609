{#- A KPI is counted over everything (`all`) and by each of its dimensions alone, never by two at
    once. A dimension is a text column of that name, never null:

        select
            date,
            {{ dimension(['channel', 'campaign']) }},
            count(*) as orders
        from orders
        group by {{ each_dimension('date', ['channel', 'campaign']) }}
-#}

{#- Which dimension a row is about, and its value. -#}
{% macro dimension(columns) -%}
    case
        {%- for column in columns %}
        when grouping({{ column }}) = 0 then '{{ column }}'
        {%- endfor %}
        else 'all'
    end as dimension,
    coalesce({{ columns | join(', ') }}, 'all') as dimension_value
{%- endmacro %}

{#- The groups of such a query: the keys alone, and the keys with each dimension. -#}
{% macro each_dimension(keys, columns) -%}
    grouping sets (
        ({{ keys }})
        {%- for column in columns %},
        ({{ keys }}, {{ column }})
        {%- endfor %}
    )
{%- endmacro %}

{#- The dimension `source` of a visit, or of an order credited to one: source/medium, as in google/cpc. -#}
{% macro source_medium(source, medium) -%}
    coalesce({{ source }}, '(direct)') || '/' || coalesce({{ medium }}, '(none)')
{%- endmacro %}

{#- A number's square, as a decimal: the sum of doubles would depend on the order of adding, and the product of two
    decimals does not fit into the digits of one. -#}
{% macro square(number) -%}
    cast(cast({{ number }} as double) * cast({{ number }} as double) as decimal(38, 4))
{%- endmacro %}

{#- A limit ('lower' or 'upper') of the 95 % interval of a KPI's value: after Wilson for a rate, whose
    denominator is its number of cases; normal, from the sum of squares, for a mean of at least two
    values. Null for what is neither, and for a rate whose numerator is no part of its denominator in
    the data as delivered. -#}
{% macro confidence_limit(side) -%}
    {%- set sign = {'lower': '-', 'upper': '+'}[side] -%}
    case
        when kind = 'rate' and denominator > 0 and numerator between 0 and denominator then
            {{ wilson_limit('value', 'denominator', side) }}
        when kind = 'mean' and denominator > 1 then
            value {{ sign }} {{ z_95() }} * sqrt(
                greatest(sum_of_squares - numerator * value, 0) / (denominator - 1) / denominator
            )
    end
{%- endmacro %}

{#- A limit ('lower' or 'upper') of the 95 % interval of a share of a number of cases, after Wilson (1927). None is
    beyond the share by the last bit of a double: that of no case or of all is exactly 0 or 1. -#}
{% macro wilson_limit(share, cases, side) -%}
    {%- set sign = {'lower': '-', 'upper': '+'}[side] -%}
    {%- set bound, beyond, end = {'lower': ('greatest', 'least', 0), 'upper': ('least', 'greatest', 1)}[side] -%}
    {%- set z = z_95() | float -%}
    {{ bound }}({{ end }}, {{ beyond }}({{ share }}, (
        {{ share }} + {{ z ** 2 / 2 }} / {{ cases }} {{ sign }} {{ z }} * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ cases }}
            + {{ z ** 2 / 4 }} / ({{ cases }} * {{ cases }})
        )
    ) / (1 + {{ z ** 2 }} / {{ cases }})))
{%- endmacro %}

{#- Standard deviations on each side of the mean that hold 95 % of a normal distribution. -#}
{% macro z_95() -%}
    1.959963984540054
{%- endmacro %}
