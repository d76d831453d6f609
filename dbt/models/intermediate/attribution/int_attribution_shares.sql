-- One row per valid order, touch and attribution model: the credit in money.
{%- set units = 10 ** var('currency_decimals') %}
{{ built_by_key('order_id', 'int_attribution_digests') }}
with

credits as (
    select *
    from {{ ref('int_attribution_credits') }}
    {{ of_changed_keys() }}
),

orders as (
    select
        order_id,
        cast(net_revenue * {{ units }} as decimal(28, 6)) as net_units
    from {{ ref('orders') }}
    {{ of_changed_keys() }}
    where is_valid
),

-- In the currency's minor unit, and without the noise in the last digits of a double, so that equal
-- shares have equal fractions.
shares as (
    select
        credits.*,
        orders.net_units,
        cast(credits.credit * cast(orders.net_units as double) as decimal(28, 6)) as share_units,
        credits.touches = 1 or credits.model in ('first', 'last', 'last_non_direct') as is_undivided
    from credits
    inner join orders on credits.order_id = orders.order_id
),

whole_shares as (
    select
        *,
        cast(floor(share_units) as decimal(28, 6)) as whole_units,
        row_number() over (
            partition by order_id, model
            order by share_units - floor(share_units) desc, touch_number
        ) as place
    from shares
    where not is_undivided
),

-- Of what rounding down has left, each place takes one unit, until the last takes what is there.
credited as (
    select
        * except (whole_units, place),
        whole_units + least(1, greatest(
            0,
            net_units - sum(whole_units) over (partition by order_id, model) - (place - 1)
        )) as credited_units
    from whole_shares
    union all
    select
        *,
        case when credit = 1 then net_units else 0 end as credited_units
    from shares
    where is_undivided
),

int_attribution_shares as (
    select
        order_id,
        session_id,
        model,
        touch_number,
        touches,
        credit,
        cast(credited_units * {{ 1 / units }} as decimal(38, 4)) as revenue_credit
    from credited
)

select * from int_attribution_shares
