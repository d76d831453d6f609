{#- Whom the changed rows of a model affect. A model that is built by key, and names columns that it `affects`, compares
    the rows that go with those that come: what these columns hold in a row that is new, gone or another is kept, before
    and after, with a number. So a session that came to another person is news to both, and no reader need look at the
    sessions of the others:

        {{ built_by_key('session_id', 'int_session_changes', affects=['customer_id', 'session_date']) }}

    and, in the changes of a model of persons,

        {{ affected_by('sessions', 'customer_id') }}

    What is kept grows by what changes, until all is built anew. Then no comparison is made: all that there is is kept,
    column by column, and a row without any says that what was there before is affected, too. -#}
{% macro affected_by(model, column, name=none) -%}
    {{ return(adapter.dispatch('affected_by', 'lifecycle')(ref(model), column, name or column)) }}
{%- endmacro %}
{% macro default__affected_by(relation, column, name) -%}
    select distinct {{ column }} as {{ name }}, cast(0 as bigint) as change_number
    from {{ relation }}
{%- endmacro %}
{% macro duckdb__affected_by(relation, column, name) -%}
    select {{ column }} as {{ name }}, change_number
    from {{ affected(relation) }}
    where {{ column }} is not null or is_all
{%- endmacro %}

{#- The facts that tell whose lifecycle their changed rows affect, by feed. Others are smaller, and go by digests. -#}
{% macro facts_that_affect_lifecycles() -%}
    {{ return({
        'orders': 'orders',
        'sessions': 'sessions',
        'carts': 'carts',
        'email_events': 'email_events',
        'surveys': 'survey_responses',
    }) }}
{%- endmacro %}

{#- The table of what a model's changes affect: it is not published. -#}
{% macro affected(relation) -%}
    {{ relation.incorporate(path={'schema': 'intermediate', 'identifier': relation.identifier ~ '__affected'}) }}
{%- endmacro %}

{#- Before the model's changed rows are replaced, in the same transaction. -#}
{% macro affect(affects, key) -%}
    insert into {{ affected(this) }}
    with compared as (
        select *, 1 as surplus
        from {{ new_rows() }}
        union all
        select *, -1 as surplus
        from {{ this }}
        where ({{ key }}) in (select ({{ key }}) from {{ changed_keys() }})
    ),
    differing as (
        select * replace (sum(surplus) as surplus)
        from compared
        group by all
        having sum(surplus) != 0
    )
    select distinct {{ affects | join(', ') }}, {{ change_number() }} as change_number, false as is_all
    from differing;
{%- endmacro %}

{#- When the model is built from nothing, in the same transaction. -#}
{% macro affect_all() -%}
    {%- set affects = config.get('meta').affects -%}
    {%- if affects and not is_incremental() -%}
    create or replace table {{ affected(this) }} as
    select {{ affects | join(', ') }}, cast(null as bigint) as change_number, true as is_all
    from {{ this }}
    limit 0;
    insert into {{ affected(this) }} (change_number, is_all)
    select {{ change_number() }}, true;
    {%- for column in affects %}
    insert into {{ affected(this) }} ({{ column }}, change_number, is_all)
    select distinct {{ column }}, {{ change_number() }}, false
    from {{ this }}
    where {{ column }} is not null;
    {%- endfor %}
    {%- endif -%}
{%- endmacro %}
