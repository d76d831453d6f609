-- One row per valid order and touch: its credit by each attribution model, and what it comes to in money.
{%- set units = 10 ** var('currency_decimals') %}
{{ rebuilt_for_touched() }}
with

credits as (
    select *
    from {{ ref('int_attribution_credits') }}
    {{ of_touched() }}
),

orders as (
    select
        order_id,
        cast(net_revenue * {{ units }} as decimal(28, 6)) as net_units
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid
),

-- In the currency's minor unit, and without the noise in the last digits of a double, so that equal
-- shares have equal fractions.
shares as (
    select
        credits.*,
        {%- for model in attribution_models(divided=true) %}
        cast({{ model }}_credit * cast(orders.net_units as double) as decimal(28, 6)) as {{ model }}_units,
        {%- endfor %}
        orders.net_units
    from credits
    inner join orders on credits.order_id = orders.order_id
),

rounded_down as (
    select
        *
        {%- for model in attribution_models(divided=true) %},
        cast(floor({{ model }}_units) as decimal(28, 6)) as {{ model }}_whole,
        row_number() over (
            partition by order_id
            order by {{ model }}_units - floor({{ model }}_units) desc, touch_number
        ) as {{ model }}_place
        {%- endfor %}
    from shares
),

-- Of what rounding down has left, each place takes one unit, until the last takes what is there.
int_attribution_shares as (
    select
        order_id,
        customer_id,
        session_id,
        touch_number,
        touches
        {%- for model in attribution_models() %},
        {{ model }}_credit,
        cast({{ 1 / units }} * case
            when {{ model }}_credit = 1 then net_units
            {%- if model in attribution_models(divided=false) %}
            else 0
            {%- else %}
            else {{ model }}_whole + least(1, greatest(
                0, net_units - sum({{ model }}_whole) over (partition by order_id) - ({{ model }}_place - 1)
            ))
            {%- endif %}
        end as decimal(38, 4)) as {{ model }}_revenue
        {%- endfor %}
    from rounded_down
)

select * from int_attribution_shares
