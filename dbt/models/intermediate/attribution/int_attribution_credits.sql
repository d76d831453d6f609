-- One row per valid order and touch: the touch's share of the credit by each attribution model.
{%- set day_seconds = 24 * 60 * 60 %}
{%- set end_share = var('attribution_end_share') %}
{{ rebuilt_for_touched() }}
with

order_touches as (
    select
        order_id,
        customer_id,
        session_id,
        touch_number,
        touches,
        ({{ epoch_seconds('ordered_at') }} - {{ epoch_seconds('touched_at') }})
        / {{ day_seconds }} as days_before
    from {{ ref('int_order_touches') }}
    {{ of_touched() }}
),

last_non_direct_touches as (
    select
        order_id,
        session_id
    from {{ ref('int_orders_attributed') }}
    {{ of_touched() }}
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

-- Weights are summed in the order of time: doubles added in another order end in other digits. Where all are too
-- small for a double, nobody is nearer than the others.
int_attribution_credits as (
    select
        order_id,
        customer_id,
        session_id,
        touch_number,
        touches,
        cast(cast(touch_number = 1 as integer) as double) as first_credit,
        cast(cast(touch_number = touches as integer) as double) as last_credit,
        cast(cast(is_last_non_direct as integer) as double) as last_non_direct_credit,
        cast(1 as double) / touches as linear_credit,
        cast(
            case
                when touches <= 2 then cast(1 as double) / touches
                when touch_number in (1, touches) then {{ end_share }}
                else cast({{ (1 - 2 * end_share) | round(12) }} as double) / (touches - 2)
            end as double
        ) as position_credit,
        coalesce(
            weight / nullif(sum(weight) over (
                partition by order_id
                order by touch_number
                rows between unbounded preceding and unbounded following
            ), 0),
            cast(1 as double) / touches
        ) as time_decay_credit
    from weighted_touches
)

select * from int_attribution_credits
