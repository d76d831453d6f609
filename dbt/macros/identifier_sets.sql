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
        where coalesce({{ columns | join(', ') }}, null) is not null
        group by {{ columns | join(', ') }}
    ) as sets
{%- endmacro %}
