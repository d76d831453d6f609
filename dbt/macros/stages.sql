{#- Joins the stage in which a day found a person, as what the person does on the day may change it:

        select
            messages.message_key,
            coalesce(stage_at_start_of_day.stage, '(none)') as stage
        from messages
        {{ join_stage_at_start_of_day('messages.customer_id', 'messages.delivery_date') }}

    Null for somebody unknown, and on the day that made the person known. At most one row matches. -#}
{% macro join_stage_at_start_of_day(customer_id, day) -%}
    left join {{ ref('lifecycle_stages') }} as stage_at_start_of_day
        on
            {{ customer_id }} = stage_at_start_of_day.customer_id
            and {{ day }} > stage_at_start_of_day.valid_from
            and ({{ day }} <= stage_at_start_of_day.valid_to or stage_at_start_of_day.valid_to is null)
{%- endmacro %}
