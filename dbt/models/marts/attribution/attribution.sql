-- One row per valid order, touch and attribution model.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        order_id,
        customer_id,
        net_revenue,
        order_date
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid
),

models as (
    select model
    from {{ ref('attribution_models') }}
),

shares as (
    select *
    from {{ ref('int_attribution_shares') }}
    {{ of_touched('customer_id') }}
),

touches as (
    select *
    from {{ ref('int_touches') }}
    {{ of_touched('customer_id') }}
),

-- An order that nothing led to keeps its revenue.
order_touches as (
    select
        orders.*,
        shares.* except (order_id, customer_id),
        touches.campaign_id,
        touches.touch_kind,
        case when shares.session_id is null then '(unattributed)' else touches.source end as source,
        touches.medium,
        touches.touched_at
    from orders
    left join shares on orders.order_id = shares.order_id
    left join touches on shares.session_id = touches.session_id
),

attribution as (
    select
        order_id,
        session_id,
        customer_id,
        campaign_id,
        model,
        touch_kind,
        source,
        medium,
        cast(coalesce(touch_number, 0) as integer) as touch_number,
        cast(coalesce(touches, 0) as integer) as touches,
        case
            when session_id is null then 1
            {%- for model in attribution_models() %}
            when model = '{{ model }}' then {{ model }}_credit
            {%- endfor %}
        end as credit,
        case
            when session_id is null then net_revenue
            {%- for model in attribution_models() %}
            when model = '{{ model }}' then {{ model }}_revenue
            {%- endfor %}
        end as revenue_credit,
        order_date,
        touched_at
    from order_touches
    cross join models
)

select * from attribution
