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

{#- The KPIs of a family, one line each, from a relation with one row per day and dimension value:

        {{ kpis_of_days('order_days', [
            ('orders', 'orders'),
            ('items_per_order', 'pieces', 'orders_with_lines', 'squared_pieces'),
            ('contact_rate', '0', 'orders', ['all']),
        ]) }}

    A line is the KPI, its numerator, its denominator and the sum of the squares of its values, as far as it has them,
    each an expression over the relation's columns; a list at the end names the only dimensions that it is counted by.
    Of a KPI that two families count from, each adds its own side, and 0 for the other.

    relation: Has the columns date, dimension, dimension_value. -#}
{% macro kpis_of_days(relation, lines) -%}
    {{ kpi_lines(relation, lines, "'day'", 'date') }}
{%- endmacro %}

{#- The same from a relation with one row per period and dimension value (period, period_start, dimension,
    dimension_value), for KPIs that do not add up from days. -#}
{% macro kpis_of_periods(relation, lines) -%}
    {{ kpi_lines(relation, lines, 'period', 'period_start') }}
{%- endmacro %}

{% macro kpi_lines(relation, lines, period, period_start) -%}
    {%- for line in lines %}
    {%- set measures = line[1:] | select('string') | list %}
    {%- set dimensions = line[1:] | reject('string') | first %}
    select
        '{{ line[0] }}' as kpi_id,
        {{ period }} as period,
        cast({{ period_start }} as date) as period_start,
        dimension,
        dimension_value,
        {%- for column in ['numerator', 'denominator', 'sum_of_squares'] %}
        cast({{ measures[loop.index0] | default('null') }} as decimal(38, 6)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {%- if dimensions %}
    where dimension in ('{{ dimensions | join("', '") }}')
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The only row of everything, where a KPI has no dimension. -#}
{% macro no_dimension() -%}
    'all' as dimension, 'all' as dimension_value
{%- endmacro %}

{#- The sum of a number over the rows that have the other one too: a ratio of sums takes no others, or what is not
    counted would look like nothing. -#}
{% macro sum_where_known(number, other) -%}
    sum({{ number }}) filter (where {{ other }} is not null)
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
