{#- Tables and views are replaced, and rows of tables, in one statement of one transaction: when it fails, what was
    before stands. The adapter's own way is to build tables beside, to rename twice and to drop, which is nine
    statements a model, and a tenth of a day's build. Left out is what no model here asks for: indexes, grants, comments,
    hooks outside of the transaction, columns that come and go (a changed model builds everything anew). -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {#- Python writes from a connection of its own, which would conflict with this one: it builds beside the table that
        it may read, in place of what a run that died has left. -#}
    {%- if model.language == 'python' -%}
        {%- set beside = make_intermediate_relation(this) -%}
        {%- do adapter.drop_relation(beside.incorporate(type='table')) -%}
        {%- call statement('python', language='python') -%}
            {{ create_table_as(false, beside, compiled_code, 'python') }}
        {%- endcall -%}
        {%- set create = 'alter table ' ~ beside ~ ' rename to ' ~ this.identifier -%}
    {%- else -%}
        {%- set create = create_table_as(false, this, compiled_code) -%}
    {%- endif -%}
    {{ return(replace_relation('table', create)) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {{ return(replace_relation('view', create_view_as(this, compiled_code))) }}
{%- endmaterialization %}

{% materialization incremental, adapter='duckdb' -%}
    {%- set strategy = config.get('incremental_strategy') -%}
    {%- if not (is_incremental() if strategy == 'changed_deliveries' else rebuilds_touched()) -%}
        {{ return(replace_relation('table', create_table_as(false, this, compiled_code))) }}
    {%- endif -%}
    {%- set replace_rows = adapter.get_incremental_strategy_macro(context, strategy) -%}
    {{ return(run_in_transaction('table', replace_rows(compiled_code))) }}
{%- endmaterialization %}

{% macro replace_relation(type, create) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set drop = 'drop ' ~ existing.type ~ ' if exists ' ~ existing ~ ';' if existing else '' -%}
    {{ return(run_in_transaction(type, drop ~ create)) }}
{%- endmacro %}

{% macro run_in_transaction(type, sql) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {{ sql }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this.incorporate(type=type)]}) }}
{%- endmacro %}

{#- The rows that an incremental model's SQL gives: a table of the connection, with columns in the order and of the types
    of the model's. An insert by name takes no other columns, but fewer, which are to fail as well. -#}
{% macro new_rows() -%}
    {{ this.identifier ~ '__new_rows' }}
{%- endmacro %}
{% macro create_new_rows(sql, narrowed='') -%}
    create or replace temporary table {{ new_rows() }} as
    from {{ this }} limit 0;
    insert into {{ new_rows() }} by name
    select * replace (
        {%- for column in adapter.get_columns_in_relation(this) | map(attribute='quoted') %}
        {{ column }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from ({{ sql }}) as built
    {{ narrowed }};
{%- endmacro %}
