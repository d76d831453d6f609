-- One row per valid order: the dimensions that the order and its refunds are counted by.
{{ rebuilt_for_touched('coalesce(customer_id, order_id)') }}
with

orders as (
    select
        order_id,
        customer_id,
        channel,
        source,
        medium,
        campaign_id,
        order_date
    from {{ ref('orders') }}
    {{ of_touched() }}
    where is_valid
),

first_orders as (
    select
        customer_id,
        order_date as first_order_date
    from {{ ref('orders') }}
    {{ of_touched() }}
    where order_number = 1
),

order_platforms as (
    select
        order_id,
        platform
    from {{ ref('int_order_platforms') }}
    semi join orders using (order_id)
),

stages as (
    select
        customer_id,
        stage,
        valid_from,
        valid_to
    from {{ ref('lifecycle_stages') }}
    {{ of_touched('customer_id') }}
),

-- The stage is the one in which the day found the person, as the order itself changes it.
int_order_dimensions as (
    select
        orders.order_id,
        orders.customer_id,
        coalesce(orders.channel, '(none)') as channel,
        case
            when orders.source = '(unattributed)' then orders.source
            else {{ source_medium('orders.source', 'orders.medium') }}
        end as source,
        coalesce(orders.campaign_id, '(none)') as campaign,
        coalesce(order_platforms.platform, '(none)') as platform,
        coalesce(stages.stage, '(none)') as stage,
        coalesce(left(cast(first_orders.first_order_date as varchar), 7), '(none)') as cohort
    from orders
    left join first_orders
        on orders.customer_id = first_orders.customer_id
    left join order_platforms
        on orders.order_id = order_platforms.order_id
    left join stages
        on
            orders.customer_id = stages.customer_id
            and orders.order_date > stages.valid_from
            and (orders.order_date <= stages.valid_to or stages.valid_to is null)
)

select * from int_order_dimensions
