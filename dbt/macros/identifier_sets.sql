{#- The identifiers that the rows of a feed carry together: one row per distinct set, with the first row that shows it.
    Many rows show the same set (the sessions of one browser), so all that follows works on the sets. -#}
{% macro identifier_sets(feed, key, event_time, columns, role='subject') -%}
    {%- set names = {} -%}
    {%- for kind, column in identifier_columns(columns) -%}
        {%- do names.update({kind: column}) -%}
    {%- endfor %}
    select
        '{{ feed }}:' || earliest.value as evidence,
        '{{ role }}' as role,
        {%- for kind in identifier_kinds() %}
        {{ names.get(kind, 'cast(null as ' ~ dbt.type_string() ~ ')') }} as {{ kind }},
        {%- endfor %}
        earliest.seen_at as first_seen_at
    from (
        select
            {{ columns | join(', ') }},
            {{ earliest(key, event_time) }} as earliest
        from {{ ref('stg_' ~ feed) }}
        {%- if this and is_incremental() %} as carried
        semi join {{ changed_keys() }} as changed
            on {{ of_one_set('carried', 'changed', columns) }}
        {%- endif %}
        where coalesce({{ columns | join(', ') }}, null) is not null
        group by {{ columns | join(', ') }}
    ) as sets
{%- endmacro %}

{#- The sets of a feed whose versions are kept, from run to run. A row that is new, or another than it was, can change
    two sets only: the one that it carries, and the one that it was the first to show. Whatever else it once carried has
    its first row still. So the sets need no digests; the model is built by the key of the first row, `evidence`.

        {{ sets_by_evidence('sessions', 'session_id', ['device_id', 'email']) }}
        with

        int_session_sets as (
            {{ identifier_sets('sessions', 'session_id', 'started_at', ['device_id', 'email']) }}
        ) -#}
{% macro sets_by_evidence(feed, key, columns) -%}
    {%- if not execute -%}
        {%- do ref('base_' ~ feed) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('sets_by_evidence', 'lifecycle')(feed, key, columns)) }}
{%- endmacro %}
{% macro default__sets_by_evidence(feed, key, columns) -%}
{%- endmacro %}
{% macro duckdb__sets_by_evidence(feed, key, columns) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='changed_keys',
        unique_key='evidence',
        pre_hook="{{ find_changed_sets('" ~ feed ~ "', '" ~ key ~ "', '" ~ columns | join(', ') ~ "') }}",
        post_hook='{{ keep_number_built_to() }}',
    ) }}
{%- endmacro %}

{#- The sets to be found anew, each with the row that was the first to show it, if any did. -#}
{% macro find_changed_sets(feed, key, columns) -%}
    {%- if is_incremental() -%}
    {{ recall_number_built_to() }}
    create or replace temporary table {{ changed_keys() }} as
    with changed_rows as (
        select {{ key }}, '{{ feed }}:' || {{ key }} as evidence
        from {{ ref('base_' ~ feed) }}
        where {{ is_newer() }}
    ),
    changed_sets as (
        select {{ columns }}
        from {{ ref('stg_' ~ feed) }}
        semi join changed_rows using ({{ key }})
        where coalesce({{ columns }}, null) is not null
        union
        select {{ columns }}
        from {{ this }}
        semi join changed_rows using (evidence)
        union
        select {{ columns }}
        from {{ this }}
        where {{ is_number_lost() }}
    )
    select changed_sets.*, former.evidence
    from changed_sets
    left join {{ this }} as former
        on {{ of_one_set('changed_sets', 'former', columns.split(', ')) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether two relations' rows are of one set: what both lack is alike. -#}
{% macro of_one_set(one, other, columns) -%}
    {%- for column in columns -%}
        {{ one }}.{{ column }} is not distinct from {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
