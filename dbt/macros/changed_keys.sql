{#- Models that rebuild only what has changed. Such a model is a function, key by key, of what it reads: of one
    person's events, say, and nobody else's. What a key's rows are a function of is summed up in a digest, and with the
    model is kept from which digests it was last built. A key whose digest is another now, new or gone is rebuilt:
    all its rows go, and those that it has now come.

    So nothing needs to know what was delivered when, and by whom: late, corrected and withdrawn rows, days delivered
    again and merged persons all show in the digests. A run that dies leaves models built from other digests, each of
    which the next run finds by itself. A changed rule rebuilds everything (`--full-refresh`, see dagster_project/dbt_cli.py).

        {{ built_by_key('customer_id', 'int_lifecycle_digests') }}
        with

        events as (
            select customer_id, event_date
            from {{ ref('int_lifecycle_events') }} as events
            {{ of_changed_keys() }}
        ),

    Everything that such a model reads must be narrowed so, and must be in the digest; as_of must not be in it, or
    every key changes every day. -#}

{#- Where an engine cannot, the model is a table. While dbt parses it learns that the model comes after its digests;
    later only a run that narrows reads them, and a unit test need not name them. -#}
{% macro built_by_key(key, digests) -%}
    {%- if not execute -%}
        {%- do ref(digests) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('built_by_key', 'lifecycle')(key, digests)) }}
{%- endmacro %}
{% macro default__built_by_key(key, digests) -%}
{%- endmacro %}
{% macro duckdb__built_by_key(key, digests) -%}
    {%- set arguments = "('" ~ key ~ "', '" ~ digests ~ "')" -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='changed_keys',
        unique_key=key,
        on_schema_change='fail',
        meta={'digests': digests},
        pre_hook='{{ begin_built_from' ~ arguments ~ ' }}',
        post_hook='{{ keep_built_from' ~ arguments ~ ' }}',
    ) }}
{%- endmacro %}

{#- Narrows a relation with the key's column to the keys that have changed; not when all is built. A unit test builds
    no table, so that there is no `this`. -#}
{% macro of_changed_keys() -%}
    {%- if this and is_incremental() %}
    {%- set key = config.get('unique_key') %}
    semi join ({{ changed_keys(key, config.get('meta').digests) }}) as changed using ({{ key }})
    {%- endif %}
{%- endmacro %}

{#- The keys whose rows are to be built anew, those that have none any more included. -#}
{% macro changed_keys(key, digests) -%}
    select coalesce(found.{{ key }}, built_from.{{ key }}) as {{ key }}
    from {{ ref(digests) }} as found
    full outer join {{ built_from(digests) }} as built_from on found.{{ key }} = built_from.{{ key }}
    where found.digest is distinct from built_from.digest
{%- endmacro %}

{#- The table of the digests that the model was last built from, beside the digests: it is not published. -#}
{% macro built_from(digests) -%}
    {{ ref(digests).incorporate(path={'identifier': this.identifier ~ '__built_from'}) }}
{%- endmacro %}

{#- A model whose digests are lost is built from none of them. -#}
{% macro begin_built_from(key, digests) -%}
    {%- if is_incremental() -%}
    create table if not exists {{ built_from(digests) }} as
    select distinct {{ key }}, '' as digest
    from {{ this }}
    {%- endif -%}
{%- endmacro %}

{#- In the transaction that builds the model. -#}
{% macro keep_built_from(key, digests) -%}
    create or replace table {{ built_from(digests) }} as
    select {{ key }}, digest
    from {{ ref(digests) }}
{%- endmacro %}

{#- The incremental strategy, by the name that dbt looks for. -#}
{% macro get_incremental_changed_keys_sql(arguments) -%}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set key = arguments.unique_key -%}
    delete from {{ arguments.target_relation }}
    where {{ key }} in ({{ changed_keys(key, config.get('meta').digests) }});

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }}
    from {{ arguments.temp_relation }}
{%- endmacro %}
