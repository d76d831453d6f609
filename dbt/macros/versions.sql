{#- The latest version of each key of a feed, kept from run to run: with the deliveries that came, went or were replaced
    only their keys are read again. A key that no delivery has any more stays as a withdrawn one, so that what is
    built from it is rebuilt. Rows that lie after as_of are kept too, with the as_of that they were read at: staging
    leaves them out (`versions_in_force`). Rows that changed are added to `touched_rows` (macros/touched.sql).

        {{ built_by_delivery('sessions', 'session_id') }}
        with

        {{ latest_versions('sessions') }}

        select * from base_sessions -#}

{#- The feeds that grow by what visitors and customers do, whose versions are kept. -#}
{% macro feeds_with_versions() -%}
    {{ return([
        'carts', 'email_events', 'loyalty_points', 'order_items', 'orders', 'sessions', 'shipments', 'surveys'
    ]) }}
{%- endmacro %}

{#- The key is the contract's, which dbt does not know yet while it parses. -#}
{% macro built_by_delivery(feed, key) -%}
    {{ return(adapter.dispatch('built_by_delivery', 'lifecycle')(feed, key)) }}
{%- endmacro %}
{% macro default__built_by_delivery(feed, key) -%}
    {{ config(materialized='table') }}
{%- endmacro %}
{% macro duckdb__built_by_delivery(feed, key) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='changed_deliveries',
        unique_key=key,
        pre_hook="{{ find_keys_of_changed_deliveries('" ~ feed ~ "') }}",
        post_hook='{{ keep_deliveries_built() }}',
    ) }}
{%- endmacro %}

{#- The CTEs of a base model; the last is named after it. Besides the latest version it keeps when a key came first,
    and which deliveries brought versions that are replaced: what deliveries are counted by. -#}
{% macro latest_versions(feed) -%}
{%- set lake = source('shop', feed) -%}
{%- set key = contract_key(feed) | join(', ') -%}
{{ superseded_versions(feed, is_late(feed) ~ ' as is_late') }},

deliveries_of_keys as (
    select
        {{ key }},
        min(delivery) as first_delivery,
        max_by(is_late, recency) as is_late,
        {{ sorted_list('case when recency > 1 then delivery end') }} as replaced_deliveries
    from versions
    group by {{ key }}
),

latest as (
    select {{ lake_columns(feed) | join(', ') }}, delivery
    from {{ lake }} as lake
    {{ of_changed_keys(feed) }}
    {{ of_deliveries_to_read() }}
    anti join superseded using (delivery, _file, _row)
    where delivery <= (select as_of from as_of)
),

base_{{ feed }} as (
    select
        latest.*,
        coalesce(deliveries_of_keys.first_delivery, latest.delivery) as first_delivery,
        coalesce(deliveries_of_keys.is_late, {{ is_late(feed) }}) as is_late,
        deliveries_of_keys.replaced_deliveries,
        as_of.as_of
    from latest
    cross join as_of
    left join deliveries_of_keys using ({{ key }})
    {%- if this and is_incremental() %}
    union all by name
    select *, true as deleted
    from {{ changed_keys() }} as changed
    anti join latest using ({{ key }})
    {%- endif %}
)
{%- endmacro %}

{#- The strategy: rows of changed keys are replaced. Whoever reads staging sees the same as before unless a row that is
    in force came, went or has another value that is known. -#}
{% macro get_incremental_changed_deliveries_sql(sql) -%}
    {%- set feed = this.identifier.removeprefix('base_') -%}
    {%- set key = contract_key(feed) | join(', ') -%}
    {{ create_new_rows(sql) }}
    {%- if feed in feeds_that_touch() and load_cached_relation(touched_rows()) %}
    insert into {{ touched_rows() }} by name
    with compared as (
        select *, 1 as surplus
        from {{ new_rows() }}
        union all
        select *, -1 as surplus
        from {{ this }}
        semi join {{ changed_keys() }} using ({{ key }})
    ),

    differing as (
        select {{ in_force_columns(feed) }}
        from compared
        where {{ is_in_force(feed) }}
        group by all
        having sum(surplus) != 0
    )

    select '{{ feed }}' as feed, {{ key_order_and_identifiers(feed, in_lake=true) }}
    from differing;
    {%- endif %}
    delete from {{ this }}
    where ({{ key }}) in (select ({{ key }}) from {{ changed_keys() }});
    insert into {{ this }} by name
    from {{ new_rows() }}
{%- endmacro %}
{% macro in_force_columns(feed) -%}
    {%- set times = contract(feed).columns.values() | selectattr('data_type', 'in', ['date', 'timestamp'])
        | map(attribute='name') | list -%}
    {%- for column in lake_columns(feed) -%}
        {{ if_known(column) ~ ' as ' ~ column if column in times else column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Narrows the lake to the keys that are to be read again. -#}
{% macro of_changed_keys(feed) -%}
    {%- if this and is_incremental() %}
    semi join {{ changed_keys() }} as changed using ({{ contract_key(feed) | join(', ') }})
    {%- endif %}
{%- endmacro %}

{#- Narrows the lake to the deliveries that have rows of changed keys: of the others no file is opened. -#}
{% macro of_deliveries_to_read() -%}
    {%- if this and is_incremental() %}
    semi join {{ deliveries_to_read() }} as to_read using (delivery)
    {%- endif %}
{%- endmacro %}

{#- Whether a row was delivered more than a day after its event. -#}
{% macro is_late(feed) -%}
{%- set event_time = contract_event_time(feed) -%}
    {{ 'coalesce(cast(' ~ event_time ~ ' as date) + 1 < delivery, false)' if event_time else 'false' }}
{%- endmacro %}

{#- The columns of a feed in the lake: its contract's, `deleted`, and its identifiers in their normal form, which
    ingestion adds (dagster_project/ingest/identifiers.py). -#}
{% macro lake_columns(feed) -%}
    {%- set names = contract(feed).columns.values() | map(attribute='name') | list -%}
    {%- set normalised = [] -%}
    {%- for name in names if name in ('email', 'phone', 'referee_email') -%}
        {%- do normalised.append('_' ~ name) -%}
    {%- endfor -%}
    {{ return(names + normalised + ['deleted']) }}
{%- endmacro %}

{#- The table of the deliveries that a base model was built from; and, of the connection, those that it is being built
    from, those of them that came, went or were replaced, the keys to be read again, and the deliveries that have rows of
    these. -#}
{% macro deliveries_built() -%}
    {{ this.incorporate(path={'schema': 'intermediate', 'identifier': this.identifier ~ '__deliveries'}) }}
{%- endmacro %}
{% macro deliveries_found() -%}
    {{ this.identifier ~ '__deliveries_found' }}
{%- endmacro %}
{% macro changed_deliveries() -%}
    {{ this.identifier ~ '__changed_deliveries' }}
{%- endmacro %}
{% macro changed_keys() -%}
    {{ this.identifier ~ '__changed_keys' }}
{%- endmacro %}
{% macro deliveries_to_read() -%}
    {{ this.identifier ~ '__deliveries_to_read' }}
{%- endmacro %}

{#- A row is to be read again when its delivery was, when another delivery has or had its key, or when a time of it lay
    after as_of and may have come. -#}
{% macro find_keys_of_changed_deliveries(feed) -%}
{%- set lake = source('shop', feed) -%}
{%- set key = contract_key(feed) | join(', ') -%}
    create or replace temporary table {{ deliveries_found() }} as
    select delivery, max(_loaded_at) as loaded_at, as_of
    from {{ lake }} as lake
    cross join {{ ref('int_as_of') }} as as_of
    where delivery <= as_of
    group by delivery, as_of;
    {%- if is_incremental() %}
    create table if not exists {{ deliveries_built() }} as
    from {{ deliveries_found() }} limit 0;
    create or replace temporary table {{ changed_deliveries() }} as
    select delivery
    from {{ deliveries_found() }} as found
    full outer join {{ deliveries_built() }} as built using (delivery)
    where found.loaded_at is distinct from built.loaded_at;
    set variable first_as_of = (
        select min(as_of)
        from (from {{ deliveries_built() }} union all by name from {{ deliveries_found() }})
    );
    set variable are_deliveries_lost = not exists (from {{ deliveries_built() }});
    create or replace temporary table {{ changed_keys() }} as
    select {{ key }}
    from {{ lake }} as lake
    semi join {{ changed_deliveries() }} using (delivery)
    where delivery <= (select as_of from {{ ref('int_as_of') }})
    union
    select {{ key }}
    from (select {{ key }}, {{ rows_of('replaced_deliveries') }} as delivery from {{ this }}) as replaced
    semi join {{ changed_deliveries() }} using (delivery)
    union
    select {{ key }}
    from {{ this }}
    semi join {{ changed_deliveries() }} using (delivery)
    union
    select {{ key }}
    from {{ this }}
    where
        getvariable('are_deliveries_lost')
        {%- for column in contract(feed).columns.values() if column.data_type in ('date', 'timestamp') %}
        or {{ column.name }} >= getvariable('first_as_of') + 1
        {%- endfor %};
    create or replace temporary table {{ deliveries_to_read() }} as
    from {{ changed_deliveries() }}
    union
    select delivery
    from {{ this }}
    semi join {{ changed_keys() }} using ({{ key }})
    union
    select {{ rows_of('replaced_deliveries') }} as delivery
    from {{ this }}
    semi join {{ changed_keys() }} using ({{ key }})
    {%- endif -%}
{%- endmacro %}

{#- In the transaction that builds the model. -#}
{% macro keep_deliveries_built() -%}
    create or replace table {{ deliveries_built() }} as
    from {{ deliveries_found() }}
{%- endmacro %}
