{#- Within each key no interval (from included, to excluded; null = open) begins before the one before it has ended,
    and none is empty. With that no two rows agree in key and beginning, and neither is missing. -#}
{% test intervals_do_not_overlap(model, key, valid_from='valid_from', valid_to='valid_to') %}
select *
from (
    select
        *,
        lead({{ valid_from }}) over (
            partition by {{ key | join(', ') }} order by {{ valid_from }}
        ) as next_from
    from {{ model }}
) as intervals
where
    {{ valid_from }} is null
    {% for column in key %}
    or {{ column }} is null
    {% endfor %}
    or {{ valid_from }} >= {{ valid_to }}
    or next_from < coalesce({{ valid_to }}, date '9999-12-31')
{% endtest %}
