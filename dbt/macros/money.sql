{#- What one unit of a currency is worth in the shop's currency, where int_exchange_rates is joined for the amount's
    day as exchange_rates. A missing rate is null here, and makes the amount 0 in in_shop_currency. -#}
{% macro exchange_rate(currency) -%}
    case when {{ currency }} = '{{ var("currency") }}' then 1 else exchange_rates.rate end
{%- endmacro %}

{#- An amount in the shop's currency, with four decimals, rounded once. It is widened before the multiplication, as a
    product of two decimals does not fit into the digits of one; most amounts are spared that, being in the shop's
    currency already. One that does not fit into its digits counts as 0: 18 are enough for any amount, and a sum of
    such amounts needs 38. -#}
{% macro in_shop_currency(amount, exchange_rate, digits=18) -%}
    coalesce(
        try_cast(
            case
                when {{ exchange_rate }} = 1 then round({{ amount }}, 4)
                when {{ fits(amount, exchange_rate, '1e21') }}
                    then round(cast({{ amount }} as decimal(38, 8)) * {{ exchange_rate }}, 4)
            end as decimal({{ digits }}, 4)
        ), 0
    )
{%- endmacro %}

{#- An amount as delivered, null when it has too many digits, as delivered or in the shop's currency: it is a mistake
    that must not stop the run. -#}
{% macro possible_amount(amount, exchange_rate=1) -%}
    case
        when try_cast(round({{ amount }}, 4) as decimal(18, 4)) is null then null
        when coalesce({{ exchange_rate }}, 1) = 1 or {{ fits(amount, exchange_rate, '1e14') }} then {{ amount }}
    end
{%- endmacro %}

{#- Whether an amount at an exchange rate stays below a limit; asked of doubles, which hold everything. -#}
{% macro fits(amount, exchange_rate, limit) -%}
    abs(cast({{ amount }} as double) * cast({{ exchange_rate }} as double)) < {{ limit }}
{%- endmacro %}
