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
    more than a day after their event. A feed whose versions are kept knows both of each key. Else only keys that came
    more than once are sorted: all rows are looked at for lateness, and those that did not come for the first time are
    taken off again. The lake is named once: a shop of years has thousands of files, and each name opens all. -#}
{% macro delivery_counts(feed) -%}
{%- set key = contract_key(feed) | join(', ') -%}
{%- set event_time = contract_event_time(feed) -%}
{%- set newest_first = 'delivery desc, _file_number desc, _file desc, _row desc' -%}
    select
        '{{ feed }}' as feed,
        delivery,
        duplicates,
        late
    from (
        {%- if feed in feeds_with_versions() %}
        with {{ versions_in_force(feed) }},

        replaced as (
            select {{ rows_of('replaced_deliveries') }} as delivery
            from in_force
            where replaced_deliveries is not null
        )

        select
            first_delivery as delivery,
            0 as duplicates,
            count_if(is_late) as late
        from {{ ref('base_' ~ feed) }}
        group by first_delivery
        union all
        select
            delivery,
            count(*) as duplicates,
            0 as late
        from replaced
        group by delivery
        {%- else %}
        with lake as (
            select
                {{ key }},
                delivery,
                _file,
                _file_number,
                _row,
                {{ is_late(feed) }} as is_late,
                deleted is not true
                {%- if event_time %} and cast({{ event_time }} as date) <= (select as_of from as_of){% endif %}
                    as is_in_force
            from {{ source('shop', feed) }} as lake
            where delivery <= (select as_of from as_of)
        ),

        redelivered as (
            select {{ key }}
            from lake
            group by {{ key }}
            having count(*) > 1
        ),

        versions as (
            select
                delivery,
                is_late,
                row_number() over (partition by {{ key }} order by delivery, _file_number, _file, _row) = 1 as is_first,
                row_number() over (partition by {{ key }} order by {{ newest_first }}) > 1 as is_replaced,
                first_value(is_in_force) over (partition by {{ key }} order by {{ newest_first }}) as is_key_in_force
            from lake
            semi join redelivered using ({{ key }})
        )

        select
            delivery,
            0 as duplicates,
            count_if(is_late) as late
        from lake
        group by delivery
        union all
        select
            delivery,
            count_if(is_replaced and is_key_in_force) as duplicates,
            -count_if(is_late and not is_first) as late
        from versions
        group by delivery
        {%- endif %}
    ) as counts
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
