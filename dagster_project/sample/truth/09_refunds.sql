-- One row per refund: a part of a purchase, or the whole of an order that then is no purchase.
create table refunds as
with given_back as (
    select
        orders.order_no,
        orders.outcome,
        case
            when orders.outcome = 'refunded' then orders.closed_on
            else orders.arrives_on + whole(1, 38, uniform('refund-days', orders.key))
        end as refunded_on,
        case
            when orders.outcome = 'refunded' then order_amounts.subtotal
            -- Never the whole merchandise, as the order would be no purchase then.
            else trunc(
                (order_amounts.subtotal - order_amounts.gift_cards)
                * (0.3 + 0.4 * uniform('refund-part', orders.key)) * pow(10, order_amounts.decimals)
            ) / pow(10, order_amounts.decimals)
        end as amount,
        pick(['破損', 'イメージ違い', 'サイズ違い', '配送遅延', 'お客様都合'], uniform('refund-reason', orders.key)) as reason,
        time_of_day('refunded', orders.key) as refunded_time
    from orders
    inner join order_amounts on orders.order_no = order_amounts.order_no
    where
        orders.outcome = 'refunded'
        or orders.outcome = 'purchase' and uniform('refund', orders.key) < 0.045
)

select
    format('R{:08d}', order_no) as refund_id,
    order_no,
    outcome,
    refunded_on,
    refunded_on + refunded_time as refunded_at,
    amount,
    reason
from given_back
where refunded_on <= getvariable('last_day');
