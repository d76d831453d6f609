-- One row per valid order, touch and attribution model: the touch's share of the credit.
{%- set day_seconds = 24 * 60 * 60 %}
{%- set end_share = var('attribution_end_share') %}
{{ built_by_key('order_id', 'int_attribution_digests') }}
with

order_touches as (
    select
        order_id,
        session_id,
        touch_number,
        touches,
        ({{ epoch_seconds('ordered_at') }} - {{ epoch_seconds('touched_at') }})
        / {{ day_seconds }} as days_before
    from {{ ref('int_order_touches') }}
    {{ of_changed_keys() }}
),

last_non_direct_touches as (
    select
        order_id,
        session_id
    from {{ ref('int_orders_attributed') }}
    {{ of_changed_keys() }}
),

models as (
    select model
    from {{ ref('attribution_models') }}
),

weighted_touches as (
    select
        order_touches.*,
        last_non_direct_touches.session_id is not null as is_last_non_direct,
        power(2.0, -days_before / {{ var('attribution_half_life_days') }}) as weight
    from order_touches
    left join last_non_direct_touches
        on
            order_touches.order_id = last_non_direct_touches.order_id
            and order_touches.session_id = last_non_direct_touches.session_id
),

-- Summed in the order of time: doubles added in another order end in other digits.
shared_touches as (
    select
        *,
        weight / sum(weight) over (
            partition by order_id
            order by touch_number
            rows between unbounded preceding and unbounded following
        ) as decayed_share
    from weighted_touches
),

int_attribution_credits as (
    select
        shared_touches.order_id,
        shared_touches.session_id,
        models.model,
        shared_touches.touch_number,
        shared_touches.touches,
        cast(
            case
                when models.model = 'first' then cast(touch_number = 1 as integer)
                when models.model = 'last' then cast(touch_number = touches as integer)
                when models.model = 'last_non_direct' then cast(is_last_non_direct as integer)
                when models.model = 'time_decay' then decayed_share
                when models.model = 'linear' or touches <= 2 then cast(1 as double) / touches
                when touch_number in (1, touches) then {{ end_share }}
                else cast({{ (1 - 2 * end_share) | round(12) }} as double) / (touches - 2)
            end as double
        ) as credit
    from shared_touches
    cross join models
)

select * from int_attribution_credits
