{#- One list of touched persons. `touched_persons` has the owners whose facts changed since the last finished build:
    persons, and rows without a person, by their key. A model whose rows each belong to one owner deletes and inserts
    the rows of touched owners:

        {{ rebuilt_for_touched() }}
        with

        events as (
            select customer_id, event_date
            from {{ ref('int_lifecycle_events') }}
            {{ of_touched() }}
        ),

    It must be a function, owner by owner, of what it reads, and read nothing of as_of. `of_touched` only saves work:
    rows of other owners are left out in any case.

    The list grows until a build has ended, and is emptied only then. A run that dies leaves it, the next one adds to
    it, and rebuilding an owner twice does no harm. Before a first build has ended, and once one of everything has begun
    (`--full-refresh`), there is no list, and everything is rebuilt. -#}

{#- owner: SQL of the owner of one of the model's rows. Where an engine cannot, the model is a table. While dbt parses
    it learns that the model comes after the list; a unit test need not name it. -#}
{% macro rebuilt_for_touched(owner='customer_id') -%}
    {%- if not execute -%}
        {%- do ref('touched_persons') -%}
    {%- endif -%}
    {{ return(adapter.dispatch('rebuilt_for_touched', 'lifecycle')(owner)) }}
{%- endmacro %}
{% macro default__rebuilt_for_touched(owner) -%}
{%- endmacro %}
{% macro duckdb__rebuilt_for_touched(owner) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='touched_owners',
        on_schema_change='fail',
        meta={'owner': owner},
    ) }}
{%- endmacro %}

{#- Narrows a relation to the rows of touched owners; not when everything is rebuilt. -#}
{% macro of_touched(owner=none) -%}
    {%- if rebuilds_touched() %}
    semi join {{ ref('touched_persons') }} as touched
        on touched.owner = {{ owner or config.get('meta').owner }}
    {%- endif %}
{%- endmacro %}

{#- Narrows a relation that knows no persons, by the key of rows of a model that does. What changed since that model was
    built is in the list by its key. -#}
{% macro of_touched_rows(key, model=none) -%}
    {%- if rebuilds_touched() %}
    semi join (
        select {{ key }}
        from {{ model or this }}
        {{ of_touched() }}
        union all
        select owner
        from {{ ref('touched_persons') }}
    ) as touched using ({{ key }})
    {%- endif %}
{%- endmacro %}

{#- Whether only touched owners are rebuilt. A unit test builds no table, so that there is no `this`. -#}
{% macro rebuilds_touched() -%}
    {{ return(this and is_incremental() and load_cached_relation(touched_rows()) is not none) }}
{%- endmacro %}

{#- The strategy, by the name that dbt looks for. The model may read its own rows, so new ones are found first. -#}
{% macro get_incremental_touched_owners_sql(sql) -%}
    {%- set owner = config.get('meta').owner -%}
    {{ create_new_rows(sql, of_touched()) }}
    delete from {{ this }}
    where {{ owner }} in (select owner from {{ ref('touched_persons') }});
    insert into {{ this }} by name
    from {{ new_rows() }}
{%- endmacro %}

{#- The list itself: owners are added. What it compares is kept in the same transaction; by model, the columns. -#}
{% macro added_until_a_build_has_ended(compared) -%}
    {{ return(adapter.dispatch('added_until_a_build_has_ended', 'lifecycle')(compared)) }}
{%- endmacro %}
{% macro default__added_until_a_build_has_ended(compared) -%}
{%- endmacro %}
{% macro duckdb__added_until_a_build_has_ended(compared) -%}
    {%- set hooks = [] -%}
    {%- for model, columns in compared.items() -%}
        {%- do hooks.append("{{ keep_copy('" ~ model ~ "', '" ~ columns ~ "') }}") -%}
    {%- endfor -%}
    {{ config(materialized='incremental', incremental_strategy='added_owners', post_hook=hooks) }}
{%- endmacro %}
{% macro get_incremental_added_owners_sql(sql) -%}
    insert into {{ this }} by name
    from ({{ sql }})
    except
    from {{ this }}
{%- endmacro %}
{% macro keep_copy(model, columns) -%}
    create or replace table {{ former(model ~ '__kept') }} as
    select {{ columns }}
    from {{ ref(model) }}
{%- endmacro %}

{#- The rows of a compared model that came, went or changed, as they were and as they are. -#}
{% macro changed_rows(model, columns='*') -%}
    select * exclude (surplus)
    from (
        select *, 1 as surplus
        from (select {{ columns }} from {{ ref(model) }})
        union all
        select *, -1 as surplus
        from {{ former(model ~ '__kept') }}
    ) as compared
    group by all
    having sum(surplus) != 0
{%- endmacro %}

{#- A table as an earlier build left it: the model does not come after it. -#}
{% macro former(table, schema='intermediate') -%}
    {{ this.incorporate(path={'schema': schema, 'identifier': table}) }}
{%- endmacro %}

{#- The feeds that models rebuilt for touched owners are made of; shipments only decide if a refunded order counts. -#}
{% macro feeds_that_touch() -%}
    {{ return([
        'orders', 'order_items', 'refunds', 'sessions', 'carts', 'email_events', 'surveys', 'customers', 'leads',
        'support_tickets', 'reviews', 'referrals', 'social_mentions'
    ] + (['shipments'] if var('count_refunded_orders') else [])) }}
{%- endmacro %}
{% macro subject_columns(feed) -%}
    {{ return(identifier_columns(['referrer_shop_customer_id'] if feed == 'referrals' else identifiers_of(feed))) }}
{%- endmacro %}

{#- Rows of a feed that changed, or carry an identifier that moved to another person: one per identifier of theirs. -#}
{% macro touched_rows_of(feed) -%}
    {%- do ref('stg_' ~ feed) %}
    {%- if feed in feeds_with_versions() %}
    select * exclude (feed)
    from {{ touched_rows() }}
    where feed = '{{ feed }}'
    {%- else %}
    select {{ key_order_and_identifiers(feed) }}
    from ({{ changed_rows('stg_' ~ feed) }})
    {%- endif %}
    {%- for kind, column in subject_columns(feed) %}
    union all
    select {{ key_order_and_identifiers(feed) }}
    from {{ ref('stg_' ~ feed) }}
    where {{ column }} in (
        select substr(identifier, {{ kind | length + 2 }})
        from moved_identifiers
        where starts_with(identifier, '{{ kind }}:')
    )
    {%- endfor %}
{%- endmacro %}
{% macro key_order_and_identifiers(feed, in_lake=false) -%}
    {%- set lake_names = {'shop_customer_id': 'customer_id', 'email': '_email', 'phone': '_phone'} -%}
    {%- set identifiers = ['cast(null as varchar)'] -%}
    {%- for kind, column in subject_columns(feed) -%}
        {%- do identifiers.append("'" ~ kind ~ ":' || " ~ (lake_names.get(column, column) if in_lake else column)) -%}
    {%- endfor -%}
    {%- set key = (contract_key(feed) or ['none'])[0] -%}
    {{ 'shop_customer_id' if key == 'customer_id' else key }} as row_key,
    {{ 'order_id' if 'order_id' in contract(feed).columns else 'cast(null as varchar)' }} as order_id,
    unnest([{{ identifiers | join(', ') }}]) as identifier
{%- endmacro %}

{#- Changed rows of feeds whose versions are kept, since the last finished build: their base models add to it. -#}
{% macro touched_rows() -%}
    {{ return(api.Relation.create(
        database=target.database, schema='intermediate', identifier='touched_rows', type='table'
    )) }}
{%- endmacro %}

{#- Before all models: where the list cannot know all that is touched, there is none, and everything is rebuilt. -#}
{% macro begin_build() -%}
    {%- set names = ['touched_persons', 'int_orders_placed', 'order_items', 'sessions'] -%}
    {%- for feed in feeds_with_versions() -%}{%- do names.append('base_' ~ feed) -%}{%- endfor -%}
    {%- set is_lost = [flags.FULL_REFRESH] -%}
    {%- for node in (graph.nodes.values() if execute) if node.resource_type == 'model' and node.name in names -%}
        {%- set table = api.Relation.create(node.database, node.schema, node.alias) -%}
        {%- do is_lost.append(load_cached_relation(table) is none) -%}
    {%- endfor -%}
    {%- if execute and true in is_lost and load_cached_relation(touched_rows()) -%}
        {%- do adapter.drop_relation(touched_rows()) -%}
    {%- endif -%}
{%- endmacro %}

{#- After all models: a build has ended when it has built every incremental model, and all that these read. -#}
{% macro end_build(results) -%}
    {%- set missing = [] -%}
    {%- for node in (graph.nodes.values() if execute) if node.config.materialized == 'incremental' -%}
        {%- do missing.append(node.unique_id) -%}
    {%- endfor -%}
    {%- set has_list = missing | length > 0 -%}
    {%- for name in missing -%}
        {%- for read in graph.nodes[name].depends_on.nodes if read.startswith('model.') and read not in missing -%}
            {%- do missing.append(read) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for result in (results if execute) if result.status == 'success' and result.node.unique_id in missing -%}
        {%- do missing.remove(result.node.unique_id) -%}
    {%- endfor -%}
    {%- if has_list and not missing -%}
    create or replace table {{ touched_rows() }} (feed varchar, row_key varchar, order_id varchar, identifier varchar);
    delete from {{ api.Relation.create(target.database, 'intermediate', 'touched_persons') }}
    {%- endif -%}
{%- endmacro %}
