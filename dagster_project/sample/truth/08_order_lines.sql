-- One row per line of an order, with prices in the order's currency.
create table order_lines as
with goods as (
    select
        orders.order_no,
        orders.key,
        orders.currency,
        orders.is_summer_sale,
        persons.favourite_category,
        coalesce(persons.spend, 1) as spend,
        unnest(range(1, 2
            + (uniform('lines', orders.key) < 0.45)::integer
            + (uniform('lines', orders.key) < 0.18)::integer
            + (uniform('lines', orders.key) < 0.05)::integer
        )) as position
    from orders
    left join persons on orders.person_no = persons.person_no
),

chosen as (
    select
        goods.*,
        case
            when position = 2 and uniform('companion', key) < 0.35 then null
            when uniform('favourite', key || '-' || position) < 0.55 then
                case favourite_category
                    when '器' then whole(1, 8, uniform('article', key || '-' || position))
                    when '茶' then whole(9, 16, uniform('article', key || '-' || position))
                    when '文具' then whole(17, 24, uniform('article', key || '-' || position))
                    when '食品' then whole(25, 32, uniform('article', key || '-' || position))
                    else whole(33, 36, uniform('article', key || '-' || position))
                end
            else 1 + floor(32 * uniform('article', key || '-' || position))::integer
        end as chosen_no
    from goods
),

with_companions as (
    select
        chosen.* exclude (chosen_no),
        coalesce(chosen.chosen_no, first_article.companion_no, 1) as product_no
    from chosen
    left join chosen as first_line on chosen.order_no = first_line.order_no and first_line.position = 1
    left join products as first_article on coalesce(first_line.chosen_no, 1) = first_article.product_no
),

added as (
    select order_no, key, currency, is_summer_sale, spend, product_no, position from with_companions
    union all
    select order_no, key, currency, is_summer_sale, spend, 90, 5
    from with_companions where position = 1 and product_no between 33 and 36
        and uniform('warranty', key) < 0.4
    union all
    select order_no, key, currency, is_summer_sale, spend, 91, 6
    from with_companions where position = 1 and uniform('wrapping', key) < 0.09
    union all
    select order_no, key, currency, is_summer_sale, spend, 92, 7
    from with_companions where position = 1 and uniform('membership', key) < 0.03
    union all
    select order_no, key, currency, is_summer_sale, spend, 93, 8
    from with_companions where position = 1 and uniform('gift-card', key) < 0.02
),

priced as (
    select
        added.*,
        products.category,
        products.kind,
        case
            when products.kind != 'goods' or products.price > 6000 then 1
            else least(6, greatest(1, round(
                added.spend * (0.5 + uniform('quantity', added.key || '-' || added.position)))))
        end::integer as quantity,
        case added.currency
            when 'JPY' then products.price
            when 'USD' then round(products.price / 150.0, 2)
            when 'EUR' then round(products.price / 165.0, 2)
            when 'KRW' then round(products.price / 0.11, -2)
            else round(products.price / 4.7)
        end::decimal(18, 2) as unit_price
    from added
    inner join products on added.product_no = products.product_no
)

select
    order_no,
    row_number() over (partition by order_no order by position) as line_no,
    product_no,
    kind,
    category,
    quantity,
    unit_price,
    case
        when kind = 'goods'
            and uniform('reduced', key || '-' || position) < if(is_summer_sale, 0.5, 0.07)
            then case
                when currency in ('USD', 'EUR') then round(quantity * unit_price * 0.1, 2)
                else floor(quantity * unit_price * 0.1)
            end
        else 0
    end::decimal(18, 2) as discount
from priced;

-- One row per order: its amounts in its currency, by the money contract.
create table order_amounts as
with summed as (
    select
        orders.order_no,
        orders.currency,
        orders.coupon_code,
        orders.channel,
        sum(order_lines.quantity * order_lines.unit_price - order_lines.discount) as lines_total,
        coalesce(sum(order_lines.quantity * order_lines.unit_price)
            filter (where order_lines.kind = 'gift_card'), 0)
            as gift_cards,
        sum(order_lines.quantity * order_lines.unit_price) filter (where order_lines.kind = 'goods')
            as goods_total,
        -- 8 % on what one eats and drinks, 10 % on the rest.
        sum((order_lines.quantity * order_lines.unit_price - order_lines.discount)
            * case
                when order_lines.category in ('茶', '食品') then 0.08
                when order_lines.kind = 'gift_card' then 0
                else 0.10
            end
        ) as tax_total
    from orders
    inner join order_lines on orders.order_no = order_lines.order_no
    group by orders.order_no, orders.currency, orders.coupon_code, orders.channel
),

discounted as (
    select
        *,
        case coupon_code
            when 'WELCOME10' then goods_total * 0.10
            when 'SUMMER15' then goods_total * 0.15
            when 'LINE500' then least(
                goods_total * 0.2,
                case when currency in ('USD', 'EUR') then 3.5 when currency = 'KRW' then 4500 else 500 end)
            else 0
        end as full_discount,
        case when currency in ('USD', 'EUR') then 2 else 0 end as decimals
    from summed
)

select
    order_no,
    currency,
    decimals,
    gift_cards,
    trunc(full_discount * pow(10, decimals)) / pow(10, decimals) as discount,
    lines_total - trunc(full_discount * pow(10, decimals)) / pow(10, decimals) as subtotal,
    trunc(tax_total * pow(10, decimals)) / pow(10, decimals) as tax,
    case
        when channel = 'store' or currency = 'JPY' and lines_total >= 8000 then 0
        when currency = 'JPY' then 600
        when currency in ('USD', 'EUR') then 18
        else 18000
    end as shipping
from discounted;
