{#- What one unit of a currency is worth in the shop's currency, where int_exchange_rates is joined for the amount's
    day as exchange_rates. A missing rate is null here, and makes the amount 0 in in_shop_currency. -#}
{% macro exchange_rate(currency) -%}
    case when {{ currency }} = '{{ var("currency") }}' then 1 else exchange_rates.rate end
{%- endmacro %}

{#- An amount in the shop's currency, with four decimals, rounded once. It is widened before the multiplication, as a
    product of two decimals does not fit into the digits of one; most amounts are spared that, being in the shop's
    currency already. -#}
{% macro in_shop_currency(amount, exchange_rate) -%}
    cast(
        case
            when {{ exchange_rate }} = 1 then round(coalesce({{ amount }}, 0), 4)
            else coalesce(round(cast({{ amount }} as decimal(38, 8)) * {{ exchange_rate }}, 4), 0)
        end as decimal(18, 4)
    )
{%- endmacro %}
