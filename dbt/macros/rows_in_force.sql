{#- The CTEs with which a staging view begins: `in_force` has one row per key of a feed, with all columns of the
    lake and as_of beside them. In force is the row with the greatest (delivery, file name, row number) among the
    deliveries to as_of; a withdrawn key, or one whose business day lies after as_of, has none, as no older
    version steps in. The key and the business day are those of the feed's contract. -#}
{% macro rows_in_force(feed, business_day=none) -%}
{%- if feed in feeds_with_versions() -%}
{{ versions_in_force(feed) }}
{%- else -%}
{%- set lake = source('shop', feed) -%}
{%- set business_day = business_day or contract_event_time(feed) -%}
{{ superseded_versions(feed) }},

in_force as (
    select lake.*, as_of.as_of
    from {{ lake }} as lake
    cross join as_of
    anti join superseded using (delivery, _file, _row)
    where
        lake.delivery <= as_of.as_of
        and lake.deleted is not true
        {%- if business_day %}
        and coalesce(cast(lake.{{ business_day }} as date) <= as_of.as_of, true)
        {%- endif %}
)
{%- endif -%}
{%- endmacro %}

{#- The CTEs that find the rows of a feed that a later one of the same key replaces. `versions` has all rows of the keys
    that came more than once, numbered from the latest on, with further columns of theirs.

    Only such keys are sorted, and the lake is named anew in each CTE instead of once for all: so the engine reads no
    column that the reader does not want. -#}
{% macro superseded_versions(feed, columns=none) -%}
{%- set lake = source('shop', feed) -%}
{%- set key = contract_key(feed) | join(', ') -%}
as_of as (
    select as_of
    from {{ ref('int_as_of') }}
),

redelivered as (
    select {{ key }}
    from {{ lake }} as lake
    {{ of_changed_keys(feed) }}
    {{ of_deliveries_to_read() }}
    where delivery <= (select as_of from as_of)
    group by {{ key }}
    having count(*) > 1
),

versions as (
    select
        {{ key }},
        delivery,
        _file,
        _row,
        {%- if columns %}
        {{ columns }},
        {%- endif %}
        row_number() over (
            partition by {{ key }}
            order by delivery desc, _file_number desc, _file desc, _row desc
        ) as recency
    from {{ lake }} as lake
    {{ of_deliveries_to_read() }}
    semi join redelivered using ({{ key }})
    where delivery <= (select as_of from as_of)
),

superseded as (
    select delivery, _file, _row
    from versions
    where recency > 1
)
{%- endmacro %}

{#- The same for a feed of many rows, whose latest versions a model keeps: base_<feed>. Each has the as_of that it was
    read at, which gives the same as today's: a row with a later time is read again (macros/versions.sql). So nothing is
    joined, and of few keys only few rows are read. -#}
{% macro versions_in_force(feed) -%}
in_force as (
    select *
    from {{ ref('base_' ~ feed) }}
    where {{ is_in_force(feed) }}
)
{%- endmacro %}
{% macro is_in_force(feed) -%}
    {%- set business_day = contract_event_time(feed) -%}
    deleted is not true {{ 'and cast(' ~ business_day ~ ' as date) <= as_of' if business_day }}
{%- endmacro %}

{#- A time of a row that is not yet known at as_of is null; stands where `in_force` is read. -#}
{% macro if_known(time) -%}
    case when cast({{ time }} as date) <= as_of then {{ time }} end
{%- endmacro %}

{#- The key columns of a feed, from its contract. -#}
{% macro contract_key(feed) -%}
    {%- set key = [] -%}
    {%- for column in contract(feed).columns.values() if column.config.meta.get('key') -%}
        {%- do key.append(column.name) -%}
    {%- endfor -%}
    {{ return(key) }}
{%- endmacro %}

{#- The column whose date is the business day of a feed's rows, from its contract; none when it has no such. -#}
{% macro contract_event_time(feed) -%}
    {{ return(contract(feed).config.meta.event_time if execute else none) }}
{%- endmacro %}

{#- The source entry of a feed. While dbt only parses, the project's graph is not known yet. -#}
{% macro contract(feed) -%}
    {%- if not execute -%}
        {{ return({'columns': {}}) }}
    {%- endif -%}
    {{ return(
        graph.sources.values()
        | selectattr('source_name', 'equalto', 'shop') | selectattr('name', 'equalto', feed) | first
    ) }}
{%- endmacro %}
