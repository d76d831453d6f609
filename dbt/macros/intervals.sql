{#- The intervals of each key (its columns, valid_from, valid_to; exclusive, null = open) made maximal and free of
    overlaps: two that overlap or touch become one. Stands as a CTE's body. -#}
{% macro maximal_intervals(intervals, key=['customer_id']) -%}
{%- set key = key | join(', ') -%}
    select
        {{ key }},
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to
    from (
        select
            *,
            sum(starts) over (
                partition by {{ key }} order by valid_from, valid_to nulls last
            ) as island
        from (
            select
                *,
                case
                    when valid_from <= max(coalesce(valid_to, date '9999-12-31')) over (
                        partition by {{ key }}
                        order by valid_from, valid_to nulls last
                        rows between unbounded preceding and 1 preceding
                    ) then 0
                    else 1
                end as starts
            from {{ intervals }}
        ) as compared
    ) as numbered
    group by {{ key }}, island
{%- endmacro %}
