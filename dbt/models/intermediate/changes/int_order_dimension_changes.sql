-- One row per order and change of it, of its person's orders or stages, or of the platform that brought it.
{{ config(materialized='view') }}
with

orders as (
    select
        order_id,
        customer_id,
        campaign_id,
        lower(source) as platform,
        order_date
    from {{ ref('orders') }}
),

credits as (
    select
        order_id,
        change_number
    from {{ ref('int_order_credit_changes') }}
),

purchases as (
    select
        customer_id,
        change_number
    from {{ ref('int_purchase_digests') }}
),

stages as (
    select
        customer_id,
        change_number,
        valid_from
    from {{ ref('int_stage_changes') }}
),

platforms as (
    select
        kind,
        name,
        change_number
    from {{ ref('int_platform_changes') }}
),

int_order_dimension_changes as (
    select * from credits
    union all
    select orders.order_id, purchases.change_number
    from orders
    inner join purchases on orders.customer_id = purchases.customer_id
    union all
    select orders.order_id, stages.change_number
    from orders
    inner join stages
        on orders.customer_id = stages.customer_id and orders.order_date > stages.valid_from
    union all
    select orders.order_id, platforms.change_number
    from orders
    inner join platforms on orders.campaign_id = platforms.name and platforms.kind = 'campaign'
    union all
    select orders.order_id, platforms.change_number
    from orders
    inner join platforms on orders.platform = platforms.name and platforms.kind = 'platform'
)

select * from int_order_dimension_changes
