{#- Models that rebuild only what has changed. Such a model is a function, key by key, of what it reads: of one
    person's events, say, and nobody else's. Its changes are a relation of keys and change numbers: a number for each
    time at which what the key's rows are made of became another. The model keeps the number that it was last built
    to, and rebuilds the keys of greater ones: all their rows go, and those that they have now come.

        {{ built_by_key('customer_id', 'int_lifecycle_changes') }}
        with

        events as (
            select customer_id, event_date
            from {{ ref('int_lifecycle_events') }} as events
            {{ of_changed_keys() }}
        ),

    Changes are found in one of three ways. `base_` models of feeds know the keys of the deliveries that came, went or
    were replaced (macros/versions.sql). A model that is built by key tells whom its changed rows affect: the person
    and the day that a row had before, and those that it has now (macros/affected.sql). Digests sum up what a key's rows
    are made of, and find by themselves what is new, another or gone: they need nothing but the rows, and read all of
    them. Late, corrected and withdrawn rows, days delivered again and merged persons all show in each. Sets of
    identifiers need none (macros/identifier_sets.sql).

    A change without a key is one of all keys.

    Everything that such a model reads must be narrowed so, and must be in its changes; as_of must not be, or every
    key changes every day. Numbers come from one sequence, and a model is built after its changes, so a run that dies
    leaves models that are built to smaller numbers, each of which the next run finds by itself. A changed rule
    rebuilds everything (`--full-refresh`, see dagster_project/dbt_cli.py). -#}

{#- Where an engine cannot, the model is a table. While dbt parses it learns that the model comes after its changes;
    later only a run that narrows reads them, and a unit test need not name them. dbt asks for what is to happen to
    other columns where there is a contract: as with all such models, it fails. -#}
{% macro built_by_key(key, changes, affects=none) -%}
    {%- if not execute -%}
        {%- do ref(changes) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('built_by_key', 'lifecycle')(key, changes, affects)) }}
{%- endmacro %}
{% macro default__built_by_key(key, changes, affects) -%}
{%- endmacro %}
{% macro duckdb__built_by_key(key, changes, affects) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='changed_keys',
        unique_key=key,
        on_schema_change='fail',
        meta={'affects': affects},
        pre_hook="{{ find_changed_keys('" ~ key_columns(key) ~ "', '" ~ changes ~ "') }}",
        post_hook=['{{ keep_number_built_to() }}', '{{ affect_all() }}'],
    ) }}
{%- endmacro %}

{#- Narrows a relation with the key's columns to the keys that have changed; not when all is built. Digests of parts are
    looked for among the keys of the whole. A unit test builds no table, so that there is no `this`. -#}
{% macro of_changed_keys() -%}
    {%- if this and is_incremental() %}
    semi join {{ changed_keys() }} as changed
        using ({{ key_columns(config.get('meta', {}).get('among') or config.get('unique_key')) }})
    {%- endif %}
{%- endmacro %}

{#- The keys whose rows are to be built anew, those that have none any more included: a table of the connection. -#}
{% macro changed_keys() -%}
    {{ this.identifier ~ '__changed' }}
{%- endmacro %}

{#- For a model that only keeps when its keys changed, so that others need not find it out again. -#}
{% macro changed_keys_or_all(changes) -%}
    {{ changed_keys() if this and is_incremental() else ref(changes) }}
{%- endmacro %}

{#- One column, or several in a list, as text. -#}
{% macro key_columns(key) -%}
    {{ key if key is string else key | join(', ') }}
{%- endmacro %}

{#- The table of the number that the model was last built to: it is not published. -#}
{% macro number_built_to() -%}
    {{ this.incorporate(path={'schema': 'intermediate', 'identifier': this.identifier ~ '__built_to'}) }}
{%- endmacro %}

{#- A model whose number is lost is built anew. -#}
{% macro find_changed_keys(key, changes) -%}
    {%- if is_incremental() -%}
    {{ recall_number_built_to() }}
    create or replace temporary table {{ changed_keys() }} as
    select distinct {{ key }}
    from {{ ref(changes) }}
    where {{ is_newer() }};
    set variable are_all_changed =
        {{ is_number_lost() }}
        or exists (from {{ changed_keys() }} where {{ key | replace(', ', ' is null or ') }} is null);
    insert into {{ changed_keys() }}
    select distinct {{ key }}
    from {{ this }}
    where getvariable('are_all_changed')
    {%- endif -%}
{%- endmacro %}

{#- A variable of the connection is known when a query is planned: unlike a subquery's, its number is compared where
    changes are read, before they are joined to anything. -#}
{% macro recall_number_built_to() -%}
    create table if not exists {{ number_built_to() }} (change_number bigint);
    set variable number_built_to = coalesce((select max(change_number) from {{ number_built_to() }}), 0);
{%- endmacro %}
{% macro is_newer() -%}
    change_number > getvariable('number_built_to')
{%- endmacro %}
{% macro is_number_lost() -%}
    getvariable('number_built_to') = 0
{%- endmacro %}

{#- In the transaction that builds the model. -#}
{% macro keep_number_built_to() -%}
    create or replace table {{ number_built_to() }} as
    select {{ change_number() }} as change_number
{%- endmacro %}

{#- The incremental strategy, by the name that dbt looks for: from a model's SQL to that which replaces its rows. -#}
{% macro get_incremental_changed_keys_sql(sql) -%}
    {%- set key = key_columns(config.get('unique_key')) -%}
    {%- set affects = config.get('meta', {}).get('affects') -%}
    {%- if affects -%}
    {{ create_new_rows(sql) }}
    {{ affect(affects, key) }}
    {%- endif %}
    delete from {{ this }}
    where ({{ key }}) in (select ({{ key }}) from {{ changed_keys() }});

    insert into {{ this }} by name
    {{ 'from ' ~ new_rows() if affects else rows_for_table(sql) }}
{%- endmacro %}

{#- The rows that changed keys have now, where they are read more than once: a table of the connection, with columns in
    the order and of the types of the model's. -#}
{% macro new_rows() -%}
    {{ this.identifier ~ '__new_rows' }}
{%- endmacro %}
{% macro create_new_rows(sql) -%}
    create or replace temporary table {{ new_rows() }} as
    from {{ this }} limit 0;
    insert into {{ new_rows() }} by name
    {{ rows_for_table(sql) }};
{%- endmacro %}

{#- The rows of a model's SQL for the table that it has: an insert by name takes no other columns, but fewer, which are
    to fail as well. -#}
{% macro rows_for_table(sql) -%}
    select * replace (
        {%- for column in adapter.get_columns_in_relation(this) | map(attribute='quoted') %}
        {{ column }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from ({{ sql }})
{%- endmacro %}

{#- A table of a digest for each key, `digest`, and the number of its last change, `change_number`. A key that is gone
    stays, without a digest: its rows are to go elsewhere, too. Where changes are already known to lie among some keys,
    only these are summed up: the model narrows what it reads to them, as one that is built by key. These may be keys
    of something larger, `among`: a person whose stages changed, where each stage has a digest. -#}
{% macro digests_by_key(key, changes=none, among=none) -%}
    {%- if changes and not execute -%}
        {%- do ref(changes) -%}
    {%- endif -%}
    {{ return(adapter.dispatch('digests_by_key', 'lifecycle')(key, changes, among or key)) }}
{%- endmacro %}
{% macro default__digests_by_key(key, changes, among) -%}
{%- endmacro %}
{% macro duckdb__digests_by_key(key, changes, among) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='changed_digests',
        unique_key=key,
        meta={'among': among if changes else none},
        pre_hook="{{ find_changed_keys('" ~ key_columns(among) ~ "', '" ~ changes ~ "') }}" if changes else [],
        post_hook='{{ keep_number_built_to() }}' if changes else [],
    ) }}
{%- endmacro %}

{% macro get_incremental_changed_digests_sql(sql) -%}
    {%- set among = config.get('meta').among -%}
    {%- set key = config.get('unique_key') -%}
    {%- set conditions = [] -%}
    {%- for column in ([key] if key is string else key) -%}
        {%- do conditions.append('former.' ~ column ~ ' = found.' ~ column) -%}
    {%- endfor -%}
    {%- set of_one_key = conditions | join(' and ') -%}
    {{ create_new_rows(sql) }}

    update {{ this }} as former
    set digest = found.digest, change_number = found.change_number
    from {{ new_rows() }} as found
    where {{ of_one_key }} and former.digest is distinct from found.digest;

    update {{ this }} as former
    set digest = null, change_number = {{ change_number() }}
    where digest is not null
        {%- if among %}
        and ({{ key_columns(among) }}) in (select ({{ key_columns(among) }}) from {{ changed_keys() }})
        {%- endif %}
        and not exists (from {{ new_rows() }} as found where {{ of_one_key }});

    insert into {{ this }} by name
    from {{ new_rows() }} as found
    where not exists (from {{ this }} as former where {{ of_one_key }})
{%- endmacro %}

{#- A number greater than all before it, one for a statement. -#}
{% macro change_number() -%}
    {{ return(adapter.dispatch('change_number', 'lifecycle')()) }}
{%- endmacro %}
{% macro default__change_number() -%}
    cast(0 as bigint)
{%- endmacro %}
{% macro duckdb__change_number() -%}
    (select nextval('intermediate.change_numbers'))
{%- endmacro %}

{#- Before all models: where the numbers come from. -#}
{% macro create_change_numbers() -%}
    {{ return(adapter.dispatch('create_change_numbers', 'lifecycle')()) }}
{%- endmacro %}
{% macro default__create_change_numbers() -%}
{%- endmacro %}
{% macro duckdb__create_change_numbers() -%}
    create schema if not exists intermediate;
    create sequence if not exists intermediate.change_numbers;
{%- endmacro %}

{#- Changes of a feed's rows that find their persons by identifiers: a row changes with what was delivered, and when
    one of its identifiers comes to another person. -#}
{% macro changes_of_rows(feed, key, columns) -%}
    select {{ key }}, change_number
    from {{ ref('base_' ~ feed) }}
    {%- for kind, column in identifier_columns(columns) %}
    union all
    select delivered.{{ key }}, changes.change_number
    from {{ ref('stg_' ~ feed) }} as delivered
    inner join {{ ref('int_identifier_changes') }} as changes
        on changes.identifier_kind = '{{ kind }}' and changes.identifier_value = delivered.{{ column }}
    {%- endfor %}
{%- endmacro %}

{#- Changes of a feed's rows that come through their order: whose it is, above all. -#}
{% macro changes_through_orders(feed, key) -%}
    select delivered.{{ key }}, orders.change_number
    from {{ ref('stg_' ~ feed) }} as delivered
    inner join {{ ref('int_order_changes') }} as orders on delivered.order_id = orders.order_id
{%- endmacro %}

{#- Changes of rows that come through their person, from relations with customer_id. A change of all persons, which
    names none, is one of all rows. -#}
{% macro changes_through_persons(relation, key, persons) -%}
    select {{ relation }}.{{ key }}, {{ persons }}.change_number
    from {{ relation }}
    inner join {{ persons }} on {{ relation }}.customer_id = {{ persons }}.customer_id
    union all
    select cast(null as {{ dbt.type_string() }}) as {{ key }}, change_number
    from {{ persons }}
    where customer_id is null
{%- endmacro %}

{#- Changes of what rows are counted by: of the stage in which their day found the person, and of the platform that
    their campaign or source is of. The relation has the key, customer_id, campaign_id, source and the day. -#}
{% macro changes_of_dimensions(relation, key, day) -%}
    select {{ relation }}.{{ key }}, stages.change_number
    from {{ relation }}
    inner join {{ ref('int_stage_changes') }} as stages
        on {{ relation }}.customer_id = stages.customer_id and {{ relation }}.{{ day }} > stages.valid_from
    {%- for kind, name in [('campaign', relation ~ '.campaign_id'), ('platform', 'lower(' ~ relation ~ '.source)')] %}
    union all
    select {{ relation }}.{{ key }}, platforms.change_number
    from {{ relation }}
    inner join {{ ref('int_platform_changes') }} as platforms
        on platforms.kind = '{{ kind }}' and platforms.name = {{ name }}
    {%- endfor %}
{%- endmacro %}
