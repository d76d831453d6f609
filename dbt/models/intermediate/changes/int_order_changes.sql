-- One row per order that is or was known: the number of its last change.
{{ built_by_key('order_id', 'int_order_news') }}
with

-- All that follows from orders asks which of them have changed: it is found out once.
changed as (
    select order_id
    from {{ changed_keys_or_all('int_order_news') }}
),

int_order_changes as (
    select
        order_id,
        {{ change_number() }} as change_number
    from changed
    group by order_id
)

select * from int_order_changes
