{#- What the deliveries of a feed brought, counted over the rows of the lake that the staging views pass over. -#}

{#- The feeds of the contract. While dbt only parses, they are not known yet. -#}
{% macro contract_feeds() -%}
    {{ return(
        graph.sources.values() | selectattr('source_name', 'equalto', 'shop')
        | map(attribute='name') | sort
        if execute else []
    ) }}
{%- endmacro %}

{#- Per delivery of a feed: rows of a key in force that another row replaced, and keys that came for the first time
    more than a day after their event. Only keys that came more than once are sorted; all rows are looked at for
    lateness, and those that did not come for the first time are taken off again. -#}
{% macro delivery_counts(feed) -%}
{%- set lake = source('shop', feed) -%}
{%- set key = contract_key(feed) | join(', ') -%}
{%- set event_time = contract_event_time(feed) -%}
{%- set newest_first = 'delivery desc, _file desc, _row desc' -%}
{%- set is_late = 'coalesce(cast(' ~ event_time ~ ' as date) + 1 < delivery, false)' if event_time else 'false' -%}
    select
        '{{ feed }}' as feed,
        delivery,
        0 as duplicates,
        count_if({{ is_late }}) as late
    from {{ lake }} as lake
    where delivery <= (select as_of from as_of)
    group by delivery
    union all
    select
        '{{ feed }}' as feed,
        delivery,
        count_if(is_replaced and is_key_in_force) as duplicates,
        -count_if(is_late and not is_first) as late
    from (
        select
            delivery,
            {{ is_late }} as is_late,
            row_number() over (partition by {{ key }} order by delivery, _file, _row) = 1 as is_first,
            row_number() over (partition by {{ key }} order by {{ newest_first }}) > 1 as is_replaced,
            first_value(
                deleted is not true
                {%- if event_time %} and cast({{ event_time }} as date) <= (select as_of from as_of){% endif %}
            ) over (partition by {{ key }} order by {{ newest_first }}) as is_key_in_force
        from {{ lake }} as lake
        semi join (
            {%- if feed in feeds_with_versions() %}
            select {{ key }}
            from {{ ref('base_' ~ feed) }}
            where versions > 1
            {%- else %}
            select {{ key }}
            from {{ lake }} as lake
            where delivery <= (select as_of from as_of)
            group by {{ key }}
            having count(*) > 1
            {%- endif %}
        ) as redelivered using ({{ key }})
        where delivery <= (select as_of from as_of)
    ) as versions
    group by delivery
{%- endmacro %}

{#- Per delivery of a feed: the rows in force that came with it, and those of them whose person is known. `facts` is
    the relation that has the feed's rows in force with their person; there, the shop's customer_id is called
    shop_customer_id. -#}
{% macro delivery_matches(feed, facts) %}
{%- set keys = [] -%}
{%- for column in contract_key(feed) -%}
    {%- set fact_column = 'shop_customer_id' if column == 'customer_id' else column -%}
    {%- do keys.append('latest.' ~ column ~ ' = facts.' ~ fact_column) -%}
{%- endfor -%}
{%- if feed in feeds_with_versions() %}
    -- Most facts have a person: those without are found, and taken off.
    select
        '{{ feed }}' as feed,
        latest.delivery,
        count(*) as rows_in_force,
        count(*) - count(facts.is_of_nobody) as rows_of_persons
    from (
        with {{ versions_in_force(feed) }}
        select * from in_force
    ) as latest
    left join (
        select *, true as is_of_nobody
        from {{ facts }}
        where customer_id is null
    ) as facts on {{ keys | join(' and ') }}
    group by latest.delivery
{%- else %}
    select
        '{{ feed }}' as feed,
        latest.delivery,
        count(*) as rows_in_force,
        count(facts.customer_id) as rows_of_persons
    from (
        select {{ contract_key(feed) | join(', ') }}, max(delivery) as delivery
        from {{ source('shop', feed) }} as lake
        where delivery <= (select as_of from as_of)
        group by {{ contract_key(feed) | join(', ') }}
    ) as latest
    inner join {{ facts }} as facts on {{ keys | join(' and ') }}
    group by latest.delivery
{%- endif %}
{%- endmacro %}
