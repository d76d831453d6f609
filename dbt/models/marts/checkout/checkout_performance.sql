-- One row per month, payment method, type of device and step of the carts that were decided.
with

cart_outcomes as (
    select
        cart_id,
        coalesce(payment_method, '(none)') as payment_method,
        case when has_order then '(ordered)' else coalesce(abandoned_step, '(none)') end as step,
        has_order,
        is_abandoned,
        cast(date_trunc('month', created_at) as date) as month
    from {{ ref('int_cart_outcomes') }}
    where has_order or is_abandoned
),

carts as (
    select
        cart_id,
        value
    from {{ ref('carts') }}
),

cart_devices as (
    select *
    from {{ ref('int_cart_devices') }}
),

checkout_performance as (
    select
        cart_outcomes.month,
        cart_outcomes.payment_method,
        coalesce(cart_devices.device_type, '(none)') as device_type,
        cart_outcomes.step,
        count(*) as carts,
        count(*) filter (where cart_outcomes.has_order) as carts_with_order,
        count(*) filter (where cart_outcomes.is_abandoned) as abandoned_carts,
        cast(count(*) as double) / sum(count(*)) over (
            partition by
                cart_outcomes.month,
                cart_outcomes.payment_method,
                coalesce(cart_devices.device_type, '(none)')
        ) as share,
        cast(coalesce(sum(carts.value), 0) as decimal(38, 4)) as value
    from cart_outcomes
    inner join carts on cart_outcomes.cart_id = carts.cart_id
    left join cart_devices on cart_outcomes.cart_id = cart_devices.cart_id
    group by 1, 2, 3, 4
)

select * from checkout_performance
