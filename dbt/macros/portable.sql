{#- What DuckDB and Spark write differently, one macro each. Models use nothing else that only one of them knows. -#}

{#- Days from one date to another, an integer. -#}
{% macro days_between(from_date, to_date) -%}
    {{ return(adapter.dispatch('days_between', 'lifecycle')(from_date, to_date)) }}
{%- endmacro %}
{% macro default__days_between(from_date, to_date) -%}
    datediff({{ to_date }}, {{ from_date }})
{%- endmacro %}
{% macro duckdb__days_between(from_date, to_date) -%}
    date_diff('day', {{ from_date }}, {{ to_date }})
{%- endmacro %}

{#- Seconds since 1970 of a wall time, a double. -#}
{% macro epoch_seconds(timestamp) -%}
    {{ return(adapter.dispatch('epoch_seconds', 'lifecycle')(timestamp)) }}
{%- endmacro %}
{% macro default__epoch_seconds(timestamp) -%}
    (unix_micros({{ timestamp }}) / 1e6)
{%- endmacro %}
{% macro duckdb__epoch_seconds(timestamp) -%}
    epoch({{ timestamp }})
{%- endmacro %}

{#- Texts of a group joined in a given order. -#}
{% macro joined_text(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_text', 'lifecycle')(text, separator, order_by)) }}
{%- endmacro %}
{% macro default__joined_text(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}
{% macro duckdb__joined_text(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{#- The earliest row of a group, of several at that time the one with the smallest value: a struct of `seen_at` and
    `value`. -#}
{% macro earliest(value, time) -%}
    {{ return(adapter.dispatch('earliest', 'lifecycle')(value, time)) }}
{%- endmacro %}
{% macro default__earliest(value, time) -%}
    min(struct({{ time }} as seen_at, {{ value }} as value))
{%- endmacro %}
{% macro duckdb__earliest(value, time) -%}
    min({'seen_at': {{ time }}, 'value': {{ value }}})
{%- endmacro %}

{#- One row per element of a list; stands in the select list. -#}
{% macro rows_of(list) -%}
    {{ return(adapter.dispatch('rows_of', 'lifecycle')(list)) }}
{%- endmacro %}
{% macro default__rows_of(list) -%}
    explode({{ list }})
{%- endmacro %}
{% macro duckdb__rows_of(list) -%}
    unnest({{ list }})
{%- endmacro %}

{#- The parts of a text between a literal separator. -#}
{% macro parts_of(text, separator) -%}
    {{ return(adapter.dispatch('parts_of', 'lifecycle')(text, separator)) }}
{%- endmacro %}
{% macro default__parts_of(text, separator) -%}
    split({{ text }}, '\\Q{{ separator }}\\E')
{%- endmacro %}
{% macro duckdb__parts_of(text, separator) -%}
    string_split({{ text }}, '{{ separator }}')
{%- endmacro %}

{#- SHA-256 of a text, as 64 hexadecimal digits. -#}
{% macro sha256(text) -%}
    {{ return(adapter.dispatch('sha256', 'lifecycle')(text)) }}
{%- endmacro %}
{% macro default__sha256(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}
{% macro duckdb__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}

{#- The texts of a group as a list in ascending order, nulls left out; an empty list when there are none. -#}
{% macro sorted_list(text) -%}
    {{ return(adapter.dispatch('sorted_list', 'lifecycle')(text)) }}
{%- endmacro %}
{% macro default__sorted_list(text) -%}
    sort_array(collect_list({{ text }}))
{%- endmacro %}
{% macro duckdb__sorted_list(text) -%}
    coalesce(list_sort(list({{ text }}) filter (where {{ text }} is not null)), [])
{%- endmacro %}

{#- A text as part of a file's name: its letters and digits, of any script; all else is an underscore. -#}
{% macro file_name_part(text) -%}
    {{ return(adapter.dispatch('file_name_part', 'lifecycle')(text)) }}
{%- endmacro %}
{% macro default__file_name_part(text) -%}
    left(regexp_replace(lower({{ text }}), '[^\\p{L}\\p{N}]+', '_'), 40)
{%- endmacro %}
{% macro duckdb__file_name_part(text) -%}
    left(regexp_replace(lower({{ text }}), '[^\p{L}\p{N}]+', '_', 'g'), 40)
{%- endmacro %}

{#- A checksum of the rows of a group, as a text: the same for the same rows in whatever order. A sum, as two equal
    rows must not cancel each other out. -#}
{% macro checksum(columns) -%}
    {{ return(adapter.dispatch('checksum', 'lifecycle')(columns)) }}
{%- endmacro %}
{% macro default__checksum(columns) -%}
    cast(sum(cast(xxhash64({{ columns | join(', ') }}) as decimal(38, 0))) as string)
{%- endmacro %}
{% macro duckdb__checksum(columns) -%}
    cast(sum(hash({{ columns | join(', ') }})) as varchar)
{%- endmacro %}
